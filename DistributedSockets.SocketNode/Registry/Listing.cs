// Lists of users and rooms: what is wanted of one, where it goes on, and a page of it.
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;

namespace DistributedSockets.SocketNode.Registry;

/// <summary>What is wanted of a list.</summary>
/// <param name="Search">A part of the name, in any case; empty for all.</param>
/// <param name="After">Where the page before has ended; null for the first.</param>
internal sealed record ListQuery(string Search, ListPlace? After, int Limit)
{
    public bool Wants(string name) => name.Contains(Search, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Where a list goes on: behind a name among what the store gives at a cursor of one node's names. Nobody but the registry reads it.</summary>
internal readonly record struct ListPlace(NodeIncarnation Node, ulong Cursor, string Name)
{
    /// <summary>The order in which the nodes are walked. One that comes or goes meanwhile moves no other.</summary>
    public static readonly IComparer<NodeIncarnation> NodeOrder = Comparer<NodeIncarnation>.Create((one, other) =>
        string.CompareOrdinal(one.Node.Value, other.Node.Value) is not 0 and var byName ? byName : one.Number.CompareTo(other.Number));

    /// <summary>Reads <c>server-1.1764000000000.0.bob</c>: a node's name has no full stop, a user's may.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ListPlace? place)
    {
        place = null;
        if (text?.Split('.', 4) is [{ Length: > 0 } node, var number, var cursor, var name]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var incarnation)
            && ulong.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var at))
        {
            place = new ListPlace(new NodeIncarnation(new NodeId(node), incarnation), at, name);
        }

        return place is not null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Node.Node}.{Node.Number}.{Cursor}.{Name}");
}

/// <param name="Next">Where it goes on; null when that was all.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Items, ListPlace? Next);

/// <summary>A user who is connected.</summary>
/// <param name="Sessions">Those on living nodes; never empty.</param>
internal sealed record ListedUser(UserId User, IReadOnlyList<Session> Sessions);
