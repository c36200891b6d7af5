namespace DistributedSockets.Client;

/// <summary>Who a message is for: a user or a room. A text alone is a user.</summary>
/// <example><code>await client.SendAsync("bob", "hi"); await client.SendAsync(Target.Room("team"), "hi all");</code></example>
public readonly record struct Target
{
    private Target(string name, bool isRoom)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        IsRoom = isRoom;
    }

    /// <summary>The name of the user or of the room.</summary>
    public string Name { get; }

    /// <summary>Whether it is a room.</summary>
    public bool IsRoom { get; }

    /// <summary>A user.</summary>
    public static Target User(string user) => new(user, isRoom: false);

    /// <summary>A room, of which one is a member.</summary>
    public static Target Room(string room) => new(room, isRoom: true);

    /// <summary>A user.</summary>
    public static implicit operator Target(string user) => User(user);

    /// <inheritdoc/>
    public override string ToString() => IsRoom ? $"room {Name}" : Name;
}
