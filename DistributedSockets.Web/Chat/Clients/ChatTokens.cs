// A user's token, where the nodes want one.
using System.Net;
using System.Text.Json.Serialization;
using DistributedSockets.Web.Cluster;

namespace DistributedSockets.Web.Chat.Clients;

/// <summary>Gets users' tokens from the nodes, which issue them in Development. Nodes that believe everybody have none to give.</summary>
internal sealed class ChatTokens(NodeDirectory directory, HttpClient http)
{
    /// <summary>Null where nodes believe whoever says a name, or none of them answers.</summary>
    public async Task<string?> GetAsync(string user, CancellationToken cancellationToken)
    {
        foreach (var node in directory.Nodes)
        {
            try
            {
                using var answer = await http.PostAsJsonAsync(new Uri(node.Url, "/dev/token"), new TokenRequest(user), ChatTokenJson.Default.TokenRequest, cancellationToken);
                if (answer.StatusCode == HttpStatusCode.NotFound)
                {
                    return null;
                }

                if (answer.IsSuccessStatusCode)
                {
                    return (await answer.Content.ReadFromJsonAsync(ChatTokenJson.Default.TokenAnswer, cancellationToken))!.Token;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
            {
                // The next one may answer.
            }
        }

        return null;
    }
}

internal sealed record TokenRequest(string Sub);

internal sealed record TokenAnswer(string Token);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenAnswer))]
internal sealed partial class ChatTokenJson : JsonSerializerContext;
