// A setting that makes no sense is refused at start, by name.
using DistributedSockets.SocketNode;
using DistributedSockets.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;

namespace DistributedSockets.Tests;

public sealed class SocketNodeOptionsTests
{
    [Fact]
    public void Defaults_are_valid_in_development() => Assert.True(Validate().Succeeded);

    [Theory]
    [InlineData("Limits:FrameBytes", "10")]
    [InlineData("Limits:FrameBytes", "2147483647")]
    [InlineData("Limits:SendQueueMessages", "1")]
    [InlineData("Limits:SendQueueBytes", "65536")]
    [InlineData("Limits:ConnectionsPerUser", "0")]
    [InlineData("Limits:InboxMessages", "0")]
    [InlineData("Limits:InboxBytes", "1")]
    [InlineData("Limits:InboxRetention", "00:00:00")]
    [InlineData("Limits:MessagesInFlight", "0")]
    [InlineData("Limits:PingInterval", "00:00:00")]
    [InlineData("Limits:PingTimeout", "00:00:00.5")]
    [InlineData("Limits:MessagesPerSecond", "-1")]
    [InlineData("Limits:UserConnectsBurst", "0")]
    [InlineData("Limits:ConnectsInProgress", "0")]
    [InlineData("Limits:RoomsPerConnection", "0")]
    [InlineData("TrustedProxies:0", "10.0.0.0/64")]
    [InlineData("TrustedProxies:0", "proxy.example")]
    [InlineData("Cluster:Lease", "00:00:00.1")]
    [InlineData("Cluster:CutOffLimit", "00:00:01")]
    [InlineData("Cluster:ProbeInterval", "00:10:00")]
    [InlineData("Cluster:SweepPeriod", "00:00:00.1")]
    [InlineData("Cluster:DrainWindow", "-00:00:01")]
    [InlineData("Cluster:DrainWindow", "00:05:01")]
    [InlineData("Failpoints:Folder", "/no/such/folder")]
    [InlineData("Auth:Mode", "nonsense")]
    [InlineData("PublicUrl", "chat.example")]
    [InlineData("AllowedOrigins:0", "chat.example")]
    [InlineData("AllowedOrigins:0", "https://chat.example/path")]
    public void Setting_out_of_its_range_is_named(string setting, string value)
    {
        var result = Validate((setting, value));

        Assert.True(result.Failed);
        Assert.Contains(result.Failures, problem => problem.StartsWith(setting.Replace(":0", "", StringComparison.Ordinal), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Webhooks:Url", "ftp://backend.example")]
    [InlineData("Webhooks:Url", "https://user:password@backend.example")]
    [InlineData("Webhooks:Secret", "too short to be a secret")]
    [InlineData("Webhooks:PreviousSecret", "too short to be a secret")]
    [InlineData("Webhooks:Events:0", "user.gone")]
    [InlineData("Webhooks:Timeout", "00:02:00")]
    [InlineData("Webhooks:GiveUpAfter", "00:00:00")]
    [InlineData("Webhooks:Pending", "0")]
    [InlineData("Webhooks:Parallel", "0")]
    public void Setting_of_webhooks_that_makes_no_sense_is_named_without_telling_a_secret(string setting, string value)
    {
        const string Secret = "a secret of at least 32 characters";
        var settings = new Dictionary<string, string> { ["Webhooks:Url"] = "https://backend.example/hooks", ["Webhooks:Secret"] = Secret };
        Assert.True(Validate([.. settings.Select(one => (one.Key, one.Value))]).Succeeded);
        settings[setting] = value;

        var problem = Assert.Single(Validate([.. settings.Select(one => (one.Key, one.Value))]).Failures!);
        Assert.StartsWith(setting.Replace(":0", "", StringComparison.Ordinal), problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret of", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("too short", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("password", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_development_anonymous_users_must_be_asked_for()
    {
        Assert.StartsWith("Auth:Mode is not set", Assert.Single(Validate("Production").Failures!), StringComparison.Ordinal);
        Assert.True(Validate("Production", ("Auth:Mode", "Anonymous")).Succeeded);
    }

    [Theory]
    [InlineData("Auth:Audience is", "Auth:Audience=")]
    [InlineData("Auth:ClockSkew", "Auth:ClockSkew=00:06:00")]
    [InlineData("Auth:SigningKey", "Auth:SigningKey=c2hvcnQ=")]
    [InlineData("Auth:SigningKey", "Auth:SigningKey=no base64, whatever its length may be")]
    [InlineData("Auth:PublicKey", "Auth:SigningKey= Auth:PublicKey=nonsense")]
    [InlineData("Auth:Authority is", "Auth:SigningKey= Auth:Authority=http://issuer.example")]
    [InlineData("Auth:Authority, Auth:SigningKey and", "Auth:Authority=https://issuer.example")]
    public void Whose_tokens_count_must_be_said_in_one_way(string problem, string change)
    {
        var settings = new Dictionary<string, string> { ["Auth:SigningKey"] = Tokens.SigningKey, ["Auth:Audience"] = Tokens.Audience };
        foreach (var setting in change.Split(" Auth:", StringSplitOptions.RemoveEmptyEntries).Select(setting => setting.Replace("Auth:", "", StringComparison.Ordinal).Split('=', 2)))
        {
            settings[$"Auth:{setting[0]}"] = setting[1];
        }

        Assert.StartsWith(problem, Assert.Single(Validate("Production", [.. settings.Select(setting => (setting.Key, setting.Value))]).Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void In_development_nobody_need_say_whose_tokens_count()
    {
        Assert.True(Validate(("Auth:Mode", "token")).Succeeded);
        Assert.StartsWith("Auth:Mode is token", Assert.Single(Validate("Production", ("Auth:Mode", "token")).Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_development_there_are_no_faults_on_demand()
    {
        var folder = Path.GetTempPath();

        Assert.True(Validate(("Failpoints:Folder", folder)).Succeeded);
        var refusal = Validate("Production", ("Auth:Mode", "anonymous"), ("Failpoints:Folder", folder));
        Assert.Contains("Failpoints:Folder", Assert.Single(refusal.Failures!), StringComparison.Ordinal);

        Assert.True(Validate(("Failpoints:ClockOffset", "-00:05:00")).Succeeded);
        Assert.False(Validate("Production", ("Auth:Mode", "anonymous"), ("Failpoints:ClockOffset", "-00:05:00")).Succeeded);
    }

    [Theory]
    [InlineData("redis", "rabbitmq")]
    [InlineData("rabbitmq", "redis")]
    public void One_connection_string_without_the_other_is_refused(string given, string missing)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"ConnectionStrings:{given}", "x")]).Build();

        var refusal = Assert.Throws<OptionsValidationException>(() => NodeMode.Read(configuration));
        Assert.Contains($"ConnectionStrings__{missing} is not", refusal.Message, StringComparison.Ordinal);
    }

    private static ValidateOptionsResult Validate(params (string Setting, string Value)[] settings) => Validate("Development", settings);

    private static ValidateOptionsResult Validate(string environment, params (string Setting, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Setting, (string?)setting.Value)))
            .Build();
        var options = new SocketNodeOptions();
        configuration.Bind(options);
        return new SocketNodeOptionsValidator(new HostingEnvironment { EnvironmentName = environment }).Validate(null, options);
    }
}
