// What a ds.v1 client may ask for: the kinds of command, the hello, and what is wrong with one that could not be read.
namespace DistributedSockets.Protocol;

/// <summary>What a command asks for.</summary>
public enum CommandKind
{
    /// <summary>Malformed or unknown; the answer is an <c>error</c>.</summary>
    Invalid,
    Hello,
    Message,
    Ack,
    Read,
    Typing,
    Ping,
    Auth,
    Join,
    Leave,
    Members,
    History,
    Edit,
    Delete,
    Presence,
    Bye,
}

/// <summary>The first command of a connection. <paramref name="Device"/> has not been checked yet: it has to obey the rules of user names.</summary>
public sealed record HelloFrame(
    string? Device, string? Resume, long? Ack, string? Mid, string? Epoch, string? Token, string? ClientName, string? ClientVersion);

/// <summary>Why a command is refused.</summary>
/// <param name="Code">What the client's code acts on.</param>
/// <param name="Reason">A sentence that its developer can act on.</param>
/// <param name="Id">The command's <c>id</c>, where one could be read.</param>
public sealed record CommandProblem(ErrorCode Code, string Reason, string? Id)
{
    /// <summary>The limit that was reached, by its setting; null where it was none.</summary>
    public string? Limit { get; init; }
}
