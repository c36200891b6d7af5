// One call of the registry, with all that it names made out, and how the model judges the answer.
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.Tests.Contracts;

namespace DistributedSockets.Tests.Faults;

/// <summary>One call of the registry.</summary>
/// <param name="By">Which node asks.</param>
/// <param name="Judge">Tells the model of the call; returns what is wrong with the answer.</param>
/// <param name="Note">What the nodes remember of the answer.</param>
internal sealed record RegistryCall(
    string Text,
    NodeId By,
    Func<ModelledStore, CancellationToken, Task<object?>> AskAsync,
    Func<RegistryModel, object?, string?> Judge,
    Action<object?> Note)
{
    /// <summary>The incarnation that it enters a session on.</summary>
    public NodeIncarnation? Enters { get; init; }

    /// <summary>The incarnation whose work list it works off.</summary>
    public NodeIncarnation? Reaps { get; init; }

    public static RegistryCall Take(NodeId node, NodesMemory memory) => Of(
        $"{node} boots",
        node,
        (registry, token) => registry.TakeLeaseAsync(RegistryUnderTest.Info(node), token),
        (model, answer) => model.Take(node, answer),
        answer => memory.Booted(answer));

    public static RegistryCall Renew(NodeIncarnation self) => Of(
        $"{self} renews",
        self.Node,
        (registry, token) => registry.RenewLeaseAsync(self, RegistryUnderTest.Info(self.Node), token),
        (model, answer) => model.Renew(self, answer));

    public static RegistryCall Release(NodeIncarnation self) => Of(
        $"{self} gives its name back",
        self.Node,
        (registry, token) => Silent(registry.ReleaseLeaseAsync(self, token)),
        (model, _) => Silent(() => model.Release(self)));

    public static RegistryCall Open(Session session, NodesMemory memory) => Of(
        $"open {Words.Of(session)}",
        session.Node.Node,
        (registry, token) => registry.OpenAsync(session, token),
        (model, answer) => model.Open(session, answer),
        _ => memory.Opened.Add(session)) with
    { Enters = session.Node };

    public static RegistryCall Close(Session session, bool leaves, NodesMemory memory) => Of(
        $"close {Words.Of(session)}{(leaves ? ", who leaves" : "")}",
        session.Node.Node,
        (registry, token) => registry.CloseAsync(session, leaves ? TimeSpan.Zero : PresenceRules.Grace, token),
        (model, answer) => model.Close(session, leaves, answer),
        _ => memory.Closed.Add(session));

    public static RegistryCall Assert(NodeIncarnation self, IReadOnlyCollection<Session> sessions) => Of(
        $"{self} asserts {Words.Of(sessions)}",
        self.Node,
        (registry, token) => registry.AssertAsync(sessions, token),
        (model, answer) => model.Assert(sessions, answer)) with
    { Enters = self };

    public static RegistryCall BeginReap(NodeIncarnation self, TimeSpan turn, NodesMemory memory) => Of(
        $"{self} begins to reap",
        self.Node,
        (registry, token) => registry.BeginReapAsync(self, turn, token),
        (model, answer) => model.BeginReap(self, answer),
        answer => memory.Dead.UnionWith(answer));

    public static RegistryCall Reap(NodeId by, NodeIncarnation dead, int limit, NodesMemory memory) => Of(
        $"{by} reaps {dead}, at most {limit}",
        by,
        (registry, token) => registry.ReapAsync(dead, limit, token),
        (model, answer) => model.Reap(dead, limit, answer),
        answer => memory.Reaped(dead, answer)) with
    { Reaps = dead };

    public static RegistryCall Confirm(NodeId by, NodeIncarnation dead, IReadOnlyCollection<UserId> users) => Of(
        $"{by} confirms {Words.Of(users)} of {dead}",
        by,
        (registry, token) => Silent(registry.ConfirmReapedAsync(dead, users, token)),
        (model, _) => Silent(() => model.Confirm(dead, users))) with
    { Reaps = dead };

    public static RegistryCall EndGrace(NodeId by, UserId user) => new(
        $"{by} ends the grace of {user}",
        by,
        async (store, token) => await store.Presence.EndGraceAsync(user, token),
        (model, answer) => model.EndGrace(user, (EndedGrace)answer!),
        _ => { });

    private static RegistryCall Of<T>(
        string text, NodeId by, Func<IConnectionRegistry, CancellationToken, Task<T>> ask, Func<RegistryModel, T, string?> judge, Action<T>? note = null) =>
        new(text, by, async (store, token) => await ask(store.Registry, token), (model, answer) => judge(model, (T)answer!), answer => note?.Invoke((T)answer!));

    private static async Task<object?> Silent(Task task)
    {
        await task;
        return null;
    }

    private static string? Silent(Action act)
    {
        act();
        return null;
    }
}
