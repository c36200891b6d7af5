namespace DistributedSockets.Client;

/// <summary>Who a message is for: a user or a room. A text alone is a user.</summary>
/// <example><code>
/// await client.SendAsync("bob", "hi");
/// await client.SendAsync(Target.Room("team"), "hi all");
/// </code></example>
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

    /// <summary>A user. Who nobody has heard of yet is one too.</summary>
    /// <param name="user">The name: 1 to 128 characters.</param>
    /// <example><code>await client.SendAsync(Target.User("bob"), "hi");</code></example>
    public static Target User(string user) => new(user, isRoom: false);

    /// <summary>A room, of which one is a member.</summary>
    /// <param name="room">The name: 1 to 128 characters.</param>
    /// <example><code>await client.SendAsync(Target.Room("team"), "hi all");</code></example>
    public static Target Room(string room) => new(room, isRoom: true);

    /// <summary>A user.</summary>
    /// <param name="user">The name.</param>
    /// <example><code>Target target = "bob";</code></example>
    public static implicit operator Target(string user) => User(user);

    /// <summary>The name, for a log.</summary>
    public override string ToString() => IsRoom ? $"room {Name}" : Name;
}
