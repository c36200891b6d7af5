// Our plain profile, and the bare relays, which speak it too.
namespace DistributedSockets.Benchmarks.Load.Dialects;

internal sealed class PlainDialect : Dialect
{
    public override string Path(string user, string? room) => $"/ws?user_id={user}";

    public override string Message(string from, string to) => $$"""{"to":"{{to}}","body":"{{Template.Body}}"}""";
}
