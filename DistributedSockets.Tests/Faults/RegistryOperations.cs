// What may happen to a registry, by names that mean the same in a longer and in a shorter sequence.
using DistributedSockets.SocketNode.Messaging;
using FsCheck;
using FsCheck.Fluent;

namespace DistributedSockets.Tests.Faults;

/// <summary>What may happen to a registry. <c>Back</c> counts from the latest: the boot before, the session before.</summary>
internal abstract record Operation
{
    internal sealed record Boot(NodeId Node) : Operation;

    internal sealed record Renew(NodeId Node, int Back) : Operation;

    internal sealed record Release(NodeId Node, int Back) : Operation;

    /// <summary>An earlier boot may not know yet that it is over, whatever has become of it.</summary>
    internal sealed record Open(NodeId Node, UserId User, DeviceId Device, int Back) : Operation;

    /// <summary>Closes a session that the node has opened, though it may be long superseded, reaped or closed.</summary>
    internal sealed record Close(NodeId Node, UserId User, DeviceId Device, int Back, bool Leaves) : Operation;

    internal sealed record Assert(NodeId Node, UserId User, DeviceId Device, int Back) : Operation;

    internal sealed record AssertAll(NodeId Node, int Back) : Operation;

    internal sealed record BeginReap(NodeId Node) : Operation;

    internal sealed record Reap(NodeId Node, NodeId Dead, int Back, int Limit) : Operation;

    internal sealed record Confirm(NodeId Node, NodeId Dead, int Back) : Operation;

    internal sealed record EndGrace(NodeId Node, UserId User) : Operation;

    /// <summary>Time passes for all: less than a turn, more than a grace.</summary>
    internal sealed record Pass : Operation;

    /// <summary>Time passes, and all but this node renew.</summary>
    internal sealed record Lapse(NodeId Node) : Operation;

    internal sealed record AtOnce(Operation First, Operation Second) : Operation;
}

/// <summary>A sequence of operations, one a line.</summary>
internal sealed record OperationSequence(IReadOnlyList<Operation> Operations)
{
    public static readonly NodeId[] Nodes = [new("server-1"), new("server-2")];
    public static readonly UserId[] Users = [new("alice"), new("bob")];
    private static readonly DeviceId[] Devices = [new("phone"), new("tablet"), new("laptop"), DeviceId.Plain];

    /// <summary>As long as the size says. What fails is shortened by ever smaller pieces, then two at once become one after the other.</summary>
    public static Arbitrary<OperationSequence> Arbitrary(bool atOnce) => Arb.From(
        Gen.Sized(size => Gen.ArrayOf(atOnce ? Gen.Frequency((2, Single()), (3, Pair())) : Single(), size)).Select(operations => new OperationSequence(operations)),
        sequence => sequence.Shorter());

    public override string ToString() => string.Concat(Operations.Select(operation => $"\n  {operation}"));

    private IEnumerable<OperationSequence> Shorter()
    {
        for (var length = Operations.Count; length > 0; length /= 2)
        {
            for (var start = 0; start < Operations.Count; start += length)
            {
                yield return new([.. Operations.Take(start), .. Operations.Skip(start + length)]);
            }
        }

        for (var index = 0; index < Operations.Count; index++)
        {
            if (Operations[index] is Operation.AtOnce both)
            {
                yield return new([.. Operations.Take(index), both.First, both.Second, .. Operations.Skip(index + 1)]);
            }
        }
    }

    private static Gen<Operation> Single() => Gen.Frequency((8, Gen.Elements(Nodes).SelectMany(Call)), (1, Timing()));

    private static Gen<Operation> Pair() =>
        from first in Call(Nodes[0])
        from second in Gen.Frequency((9, Call(Nodes[1])), (first is Operation.Boot ? 9 : 0, Gen.Constant(first)))
        select (Operation)new Operation.AtOnce(first, second);

    private static Gen<Operation> Timing() => Gen.OneOf(
        Gen.Constant<Operation>(new Operation.Pass()),
        Gen.Elements(Nodes).Select(Operation (node) => new Operation.Lapse(node)));

    /// <summary>What one node asks of the registry.</summary>
    private static Gen<Operation> Call(NodeId node)
    {
        var (users, devices, nodes) = (Gen.Elements(Users), Gen.Elements(Devices), Gen.Elements(Nodes));
        var back = Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Constant(1)));
        var late = Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Constant(1)));
        var leaving = Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)));
        return Gen.Frequency(
            (3, Gen.Constant<Operation>(new Operation.Boot(node))),
            (2, back.Select(Operation (back) => new Operation.Renew(node, back))),
            (1, back.Select(Operation (back) => new Operation.Release(node, back))),
            (8, from user in users from device in devices from earlier in late select (Operation)new Operation.Open(node, user, device, earlier)),
            (6, from user in users from device in devices from earlier in back from leaves in leaving select (Operation)new Operation.Close(node, user, device, earlier, leaves)),
            (2, users.Select(Operation (user) => new Operation.EndGrace(node, user))),
            (2, from user in users from device in devices from earlier in late select (Operation)new Operation.Assert(node, user, device, earlier)),
            (1, late.Select(Operation (earlier) => new Operation.AssertAll(node, earlier))),
            (4, Gen.Constant<Operation>(new Operation.BeginReap(node))),
            (4, from dead in nodes from earlier in back from limit in Gen.Elements(1, 10) select (Operation)new Operation.Reap(node, dead, earlier, limit)),
            (3, from dead in nodes from earlier in back select (Operation)new Operation.Confirm(node, dead, earlier)));
    }
}
