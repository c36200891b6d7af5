// Asks the nodes' API: any node tells of the whole cluster.
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DistributedSockets.Web.Cluster;

/// <summary>The API could not do what was asked; the message is for the person at the page.</summary>
internal sealed class NodeApiException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Asks the nodes' API. Any node tells of the whole cluster, so one that does not answer is passed over, and the one that did is asked first the next time. Everything
/// that is asked for here may be repeated.
/// </summary>
internal sealed class NodeApi(NodeDirectory directory, NodeHttp http)
{
    private static readonly NodeApiJson Json = NodeApiJson.Default;

    private int _preferred;

    public Task<ClusterReport> ReadClusterAsync(CancellationToken cancellationToken) => GetAsync("cluster", Json.ClusterReport, cancellationToken);

    public Task<UserList> ListUsersAsync(string search, string? after, CancellationToken cancellationToken) =>
        GetAsync($"users?limit=50{Query(search, after)}", Json.UserList, cancellationToken);

    public Task<UserDetail> ReadUserAsync(string user, CancellationToken cancellationToken) => GetAsync($"users/{Name(user)}", Json.UserDetail, cancellationToken);

    /// <summary>What lies in the inbox, without bodies.</summary>
    public Task<InboxPage> ReadInboxAsync(string user, CancellationToken cancellationToken) => GetAsync($"users/{Name(user)}/inbox?limit=20", Json.InboxPage, cancellationToken);

    /// <param name="device">Null for all connections of the user.</param>
    public async Task<long> DisconnectAsync(string user, string? device, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Post, $"users/{Name(user)}/disconnect", Json.Disconnected, () => JsonContent.Create(new Disconnect(device, "disconnected by an operator"), Json.Disconnect), cancellationToken)).Connections;

    public async Task<long> ClearInboxAsync(string user, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Delete, $"users/{Name(user)}/inbox", Json.Cleared, body: null, cancellationToken)).Removed;

    public Task<RoomList> ListRoomsAsync(string search, string? after, CancellationToken cancellationToken) =>
        GetAsync($"rooms?limit=50{Query(search, after)}", Json.RoomList, cancellationToken);

    public Task<RoomDetail> ReadRoomAsync(string room, CancellationToken cancellationToken) => GetAsync($"rooms/{Name(room)}", Json.RoomDetail, cancellationToken);

    public Task<MemberList> ListMembersAsync(string room, CancellationToken cancellationToken) => GetAsync($"rooms/{Name(room)}/members?limit=20", Json.MemberList, cancellationToken);

    public Task<RoomHistory> ReadHistoryAsync(string room, CancellationToken cancellationToken) => GetAsync($"rooms/{Name(room)}/history?limit=30", Json.RoomHistory, cancellationToken);

    private static string Name(string name) => Uri.EscapeDataString(name);

    private static string Query(string search, string? after) =>
        (search.Length > 0 ? $"&search={Name(search)}" : "") + (after is null ? "" : $"&after={Name(after)}");

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken) => AskAsync(HttpMethod.Get, path, type, body: null, cancellationToken);

    /// <exception cref="NodeApiException">No node answers, or the one that did refuses.</exception>
    private async Task<T> AskAsync<T>(HttpMethod method, string path, JsonTypeInfo<T> type, Func<HttpContent>? body, CancellationToken cancellationToken)
    {
        NodeApiException? trouble = null;
        for (var tried = 0; tried < directory.Nodes.Count; tried++)
        {
            var index = (_preferred + tried) % directory.Nodes.Count;
            var node = directory.Nodes[index];
            try
            {
                using var request = new HttpRequestMessage(method, new Uri(node.Url, $"/api/{path}")) { Content = body?.Invoke() };
                using var answer = await http.SendAsync(request, cancellationToken);
                _preferred = index;
                return answer.IsSuccessStatusCode
                    ? await answer.Content.ReadFromJsonAsync(type, cancellationToken) ?? throw new NodeApiException($"{node.Name} answers nothing.")
                    : throw new NodeApiException(await ExplainAsync(node, answer, cancellationToken));
            }
            catch (JsonException exception)
            {
                throw new NodeApiException($"{node.Name} answers something that this page does not understand. Are both of the same version?", exception);
            }
            catch (Exception exception) when (NodeHttp.IsNoAnswer(exception, cancellationToken))
            {
                trouble ??= new NodeApiException(NodeTrouble.DidNotAnswer(node, exception), exception);
            }
        }

        throw trouble ?? new NodeApiException("No nodes are known.");
    }

    private static async Task<string> ExplainAsync(NodeAddress node, HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        var detail = NodeAnswers.ReadDetail(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        return answer.StatusCode switch
        {
            HttpStatusCode.ServiceUnavailable => $"{node.Name} can't say: {detail ?? "Redis does not answer"}.",
            HttpStatusCode.NotFound when detail is null => $"{node.Name} does not know this request. Is it of an older version?",
            _ => $"{node.Name} refuses ({(int)answer.StatusCode}): {detail ?? answer.StatusCode.ToString()}.",
        };
    }
}
