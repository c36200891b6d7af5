// Outside Development a node that believes everybody says so at start.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;

namespace DistributedSockets.Tests.Auth;

public sealed class AnonymousWarningTests
{
    [Theory]
    [InlineData("Development", 0)]
    [InlineData("Staging", 1)]
    [InlineData("Production", 1)]
    public async Task Node_that_believes_everybody_outside_development_warns_at_start(string environment, int warnings)
    {
        var log = new RecordingLogger<AnonymousWarning>();

        await new AnonymousWarning(new HostingEnvironment { EnvironmentName = environment }, log).StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(warnings, log.Lines.Count(line => line.Level == LogLevel.Warning));
    }
}
