// Runs Erlang inside the broker, for what no client of it may do: take another's exclusive queue away, raise an alarm.
using System.Diagnostics;

namespace DistributedSockets.Tests.Faults;

/// <summary>Runs Erlang inside the broker by way of <c>erl_call</c>, which stands beside the <c>erl</c> that runs it.</summary>
internal static class BrokerShell
{
    /// <param name="broker">The broker's process: its environment tells how it is reached.</param>
    public static async Task RunAsync(int broker, string expressions)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The broker's environment is read from /proc.");
        var environment = (await File.ReadAllTextAsync($"/proc/{broker}/environ", TestContext.Current.CancellationToken))
            .Split('\0').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var program = environment["PATH"].Split(':').Select(folder => Path.Combine(folder, "erl_call")).First(File.Exists);
        var cookie = await File.ReadAllTextAsync(Path.Combine(environment["HOME"], ".erlang.cookie"), TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(program, ["-address", environment["RABBITMQ_DIST_PORT"], "-c", cookie, "-e"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["HOME"] = environment["HOME"];
        using var call = Process.Start(start)!;
        await call.StandardInput.WriteLineAsync(expressions);
        call.StandardInput.Close();
        var answer = await call.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await call.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.StartsWith("{ok, ok}", StringComparison.Ordinal), $"The broker answered {answer}");
    }
}
