// The lines of README.md that use the API, run as they stand there.
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Scenarios;

/// <summary>
/// The lines of README.md that use the API, run as they stand there by a shell. They stand under a mark of their name. Only where their two nodes are is told to curl beside them.
/// </summary>
public sealed class ReadmeTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Back_end_sends_a_message_and_puts_a_user_into_a_room()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2);

        var answers = await RunAsync(cluster, "api");

        Assert.Equal(("stored", true), (answers[0].GetProperty("state").GetString(), answers[1].GetProperty("new").GetBoolean()));
        Assert.Equal("bob", answers[2].GetProperty("members")[0].GetProperty("user").GetString());
        Assert.Equal(0, answers[3].GetProperty("messages").GetArrayLength());
        Assert.Equal((1L, "team"), (answers[4].GetProperty("inbox").GetProperty("pending").GetInt64(), answers[4].GetProperty("rooms")[0].GetString()));
        Assert.Equal(0, answers[5].GetProperty("connections").GetInt32());
        Assert.Equal("hi", (await cluster.StoredAsync("bob")).Select(message => JsonSerializer.Deserialize<string>(message.Body.Span)).Single());
        Assert.Equal(6, answers.Count);
    }

    [Fact]
    public async Task Token_of_one_node_opens_the_api_of_another_and_is_revoked()
    {
        await using var cluster = await TestCluster.StartAsync(nodes: 2, "Auth:Mode=token");

        var answers = await RunAsync(cluster, "tokens");

        Assert.Equal(2, Assert.Single(answers).GetProperty("nodes").GetArrayLength());
    }

    /// <returns>The JSON values that the lines have written, one after the other.</returns>
    private static async Task<List<JsonElement>> RunAsync(TestCluster cluster, string mark)
    {
        var folder = Directory.CreateTempSubdirectory("readme");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, ".curlrc"),
                $"connect-to = \"localhost:8081:{cluster[0].Uri.Authority}\"\nconnect-to = \"localhost:8082:{cluster[1].Uri.Authority}\"\nfail-with-body\n",
                TestContext.Current.CancellationToken);
            using var shell = Process.Start(new ProcessStartInfo("bash", ["-e", "-u", "-o", "pipefail", "-c", Lines(mark)])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder.FullName,
                Environment = { ["CURL_HOME"] = folder.FullName },
            })!;
            var (output, errors) = (shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), shell.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await shell.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
            Assert.True(shell.ExitCode == 0, $"It ended with {shell.ExitCode}. {await output} {await errors}");
            return Split(await output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<JsonElement> Split(string output)
    {
        var values = new List<JsonElement>();
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
        {
            values.Add(JsonElement.ParseValue(ref reader));
        }

        return values;
    }

    /// <summary>The fenced lines under <c>&lt;!-- run by ReadmeTests: mark --&gt;</c>.</summary>
    private static string Lines(string mark, [CallerFilePath] string here = "")
    {
        var readme = File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "README.md"));
        var begin = readme.IndexOf($"<!-- run by ReadmeTests: {mark} -->\n```sh\n", StringComparison.Ordinal);
        Assert.True(begin >= 0, $"README.md has no lines that are marked '{mark}'");
        var lines = readme[(readme.IndexOf("```sh\n", begin, StringComparison.Ordinal) + 6)..];
        return lines[..lines.IndexOf("```", StringComparison.Ordinal)];
    }
}
