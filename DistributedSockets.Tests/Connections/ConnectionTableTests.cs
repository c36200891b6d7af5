// Who is connected here, and where else they are.
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class ConnectionTableTests : IAsyncDisposable
{
    private static readonly UserId Bob = new("bob");

    private readonly NodeParts _node = new();
    private readonly ConnectionTable _table = new();
    private readonly List<Connection> _made = [];

    [Fact]
    public void User_is_here_from_the_first_connection_to_the_last()
    {
        var (first, second) = (New("bob"), New("bob"));
        _table.Add(first, []);
        _table.Add(second, []);
        Assert.Equal([first, second], _table.Find(Bob)!.Connections);

        _table.Remove(first);
        Assert.Equal([second], _table.Find(Bob)!.Connections);
        _table.Remove(second);
        _table.Remove(second);
        Assert.Null(_table.Find(Bob));
        Assert.Equal(0, _table.ConnectionCount);
        Assert.Equal(0, _table.UserCount);
    }

    [Fact]
    public void Other_nodes_of_a_user_are_known_while_the_user_is_here()
    {
        Assert.False(_table.TryAddElsewhere(Bob, NodeParts.Other(9)));
        Assert.Null(_table.Find(Bob));

        _table.Add(New("bob"), [NodeParts.Other(2)]);
        _table.Add(New("bob"), [NodeParts.Other(3)]);
        Assert.True(_table.TryAddElsewhere(Bob, NodeParts.Other(4)));
        Assert.Equal([NodeParts.Other(2), NodeParts.Other(3), NodeParts.Other(4)], _table.Find(Bob)!.Elsewhere.OrderBy(node => node.Node.Value));

        _table.RemoveElsewhere(Bob, NodeParts.Other(2));
        _table.RemoveElsewhere(NodeParts.Other(3));
        Assert.Equal([NodeParts.Other(4)], _table.Find(Bob)!.Elsewhere);
        _table.SetElsewhere(Bob, []);
        Assert.Empty(_table.Find(Bob)!.Elsewhere);
    }

    [Fact]
    public async Task Counts_hold_when_many_come_and_go_at_once()
    {
        var connections = Enumerable.Range(0, 200).Select(number => New($"user-{number % 5}")).ToList();
        await Parallel.ForEachAsync(connections, TestContext.Current.CancellationToken, async (connection, _) =>
        {
            _table.Add(connection, [NodeParts.Other(2)]);
            await Task.Yield();
            _table.RemoveElsewhere(NodeParts.Other(2));
            _table.Remove(connection);
            _table.Add(connection, []);
        });

        Assert.Equal(200, _table.ConnectionCount);
        Assert.Equal(5, _table.UserCount);
        Assert.Equal(200, _table.Snapshot().Distinct().Count());
        await Parallel.ForEachAsync(connections, TestContext.Current.CancellationToken, (connection, _) =>
        {
            _table.Remove(connection);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(0, _table.ConnectionCount);
        Assert.Equal(0, _table.UserCount);
    }

    public async ValueTask DisposeAsync()
    {
        _made.ForEach(connection => connection.Dispose());
        await _node.DisposeAsync();
    }

    private Connection New(string user)
    {
        var connection = _node.NewConnection(user, new FakeSocket());
        _made.Add(connection);
        return connection;
    }
}
