// Somebody with the .NET client, who keeps what has come.
using System.Text.Json;
using DistributedSockets.Client;
using DistributedSockets.Tests.Support;
using UserPresence = DistributedSockets.Client.Presence;

namespace DistributedSockets.Tests.Clients;

internal sealed class Person : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Message> _messages = [];
    private readonly List<StateChange> _states = [];
    private readonly List<Gap> _gaps = [];
    private readonly List<UserPresence> _presences = [];
    private readonly List<RoomPresence> _roomPresences = [];
    private readonly List<Typing> _typings = [];
    private readonly List<RoomChange> _rooms = [];
    private readonly List<SentMessage> _acknowledged = [];
    private readonly List<Hop> _hops = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Person(ClientOptions options)
    {
        Name = options.User ?? "";
        Client = new DistributedSocketsClient(options);
        Client.MessageReceived += message =>
        {
            Keep(_messages, message);
            return ValueTask.CompletedTask;
        };
        Client.StateChanged += change => Keep(_states, change);
        Client.GapFound += gap => Keep(_gaps, gap);
        Client.PresenceChanged += presence => Keep(_presences, presence);
        Client.RoomPresenceChanged += presence => Keep(_roomPresences, presence);
        Client.TypingChanged += typing => Keep(_typings, typing);
        Client.RoomChanged += change => Keep(_rooms, change);
        Client.Acknowledged += sent => Keep(_acknowledged, sent);
        Client.TraceReceived += hop => Keep(_hops, hop);
    }

    public string Name { get; }

    public DistributedSocketsClient Client { get; }

    public IReadOnlyList<Message> Messages => Read(_messages);

    public IReadOnlyList<StateChange> States => Read(_states);

    public IReadOnlyList<Gap> Gaps => Read(_gaps);

    public IReadOnlyList<UserPresence> Presences => Read(_presences);

    public IReadOnlyList<RoomPresence> RoomPresences => Read(_roomPresences);

    public IReadOnlyList<Typing> Typings => Read(_typings);

    public IReadOnlyList<RoomChange> Rooms => Read(_rooms);

    public IReadOnlyList<SentMessage> Acknowledged => Read(_acknowledged);

    public IReadOnlyList<Hop> Hops => Read(_hops);

    /// <summary>The texts that have come.</summary>
    public IReadOnlyList<string> Texts => [.. Messages.Select(message => message.Body.ToString())];

    /// <summary>Somebody who knows all nodes of the cluster, or only one of them.</summary>
    public static Person Of(RunningCluster cluster, string user, int? node = null, Action<ClientOptions>? change = null)
    {
        var options = new ClientOptions { User = user };
        foreach (var number in node is { } one ? [one] : Enumerable.Range(1, cluster.NodeCount))
        {
            options.Nodes.Add(cluster.Node(number));
        }

        change?.Invoke(options);
        return new Person(options);
    }

    public static Person Of(ClientOptions options) => new(options);

    public static async Task<Person> ConnectAsync(RunningCluster cluster, string user, int? node = null, Action<ClientOptions>? change = null)
    {
        var person = Of(cluster, user, node, change);
        await person.ConnectAsync();
        return person;
    }

    public Task ConnectAsync() => Client.ConnectAsync(TestContext.Current.CancellationToken).WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);

    public Task<SentMessage> SendAsync(Target target, Body body, SendOptions? options = null) => Client.SendAsync(target, body, options, Token).AsTask();

    public Task<SentMessage> EditAsync(Target target, string mid, Body body) => Client.EditAsync(target, mid, body, null, Token).AsTask();

    public Task<SentMessage> DeleteAsync(Target target, string mid) => Client.DeleteAsync(target, mid, null, Token).AsTask();

    public Task<Room> JoinAsync(string room) => Client.JoinAsync(room, null, Token);

    public Task LeaveAsync(string room) => Client.LeaveAsync(room, Token);

    public Task<MemberPage> GetMembersAsync(string room) => Client.GetMembersAsync(room, null, Token);

    public Task<HistoryPage> GetHistoryAsync(Target with, HistoryQuery query) => Client.GetHistoryAsync(with, query, Token);

    public Task<IReadOnlyList<UserPresence>> WatchAsync(string user) => Client.WatchAsync([user], Token);

    public Task<IReadOnlyList<UserPresence>> GetPresenceAsync(string user) => Client.GetPresenceAsync([user], Token);

    public Task<RoomPresence> WatchRoomAsync(string room) => Client.WatchRoomAsync(room, Token);

    public Task<RoomPresence> GetRoomPresenceAsync(string room) => Client.GetRoomPresenceAsync(room, Token);

    public Task SetStatusAsync(string status) => Client.SetStatusAsync(JsonSerializer.SerializeToElement(status), Token);

    public Task WhenReceivedAsync(int count, TimeSpan? patience = null) =>
        Eventually.IsAsync(() => Messages.Count >= count, () => $"{Name} has {Messages.Count} of {count} messages", patience);

    public ValueTask DisposeAsync() => Client.DisposeAsync();

    private void Keep<T>(List<T> list, T item)
    {
        lock (_gate)
        {
            list.Add(item);
        }
    }

    private List<T> Read<T>(List<T> list)
    {
        lock (_gate)
        {
            return [.. list];
        }
    }
}
