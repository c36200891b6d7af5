// A chat on the console: what is typed goes to one user or room, what comes is shown. README.md beside this file has the way to run it.
using DistributedSockets.Client;
using DistributedSockets.Client.Storing;

if (args.Length < 2)
{
    Console.Error.WriteLine("dotnet run -- <user> <peer, or #room> [address of a node ...]");
    return 2;
}

var (user, peer) = (args[0], args[1]);
var target = peer.StartsWith('#') ? Target.Room(peer[1..]) : Target.User(peer);
string[] nodes = args.Length > 2 ? args[2..] : ["http://localhost:8081", "http://localhost:8082", "http://localhost:8083"];

// What was not acknowledged, and where this device has read: the next run of the same user goes on from there.
using var store = new FileClientStore(Path.Combine(Path.GetTempPath(), $"chat-{Uri.EscapeDataString(user)}.store"));
var options = new ClientOptions { User = user, Name = "dotnet-console", Store = store };
foreach (var node in nodes)
{
    options.Nodes.Add(new Uri(node));
}

await using var client = new DistributedSocketsClient(options);
client.StateChanged += change => Console.WriteLine($"* {change.State}{(change.Reason is { } reason ? $": {reason.Reason}" : "")}");
client.GapFound += gap => Console.WriteLine($"* messages are missing in {gap.Room ?? "the inbox"}");
client.TypingChanged += typing => Console.WriteLine($"* {typing.From} {(typing.IsOn ? "types" : "has stopped typing")}");
client.MessageReceived += Show;

// Whoever leaves says so, and is offline for the others at once.
Console.CancelKeyPress += (_, _) => client.CloseAsync().Wait(TimeSpan.FromSeconds(3));

await client.ConnectAsync();
if (target.IsRoom)
{
    await client.JoinAsync(target.Name);
}

Console.WriteLine($"* you are {client.User} on {client.Node}; type a line for {target}");
var last = Task.CompletedTask;
while (Console.ReadLine() is { } line)
{
    // Not awaited: without a connection lines wait in the outbox, and go out in order.
    last = SendAsync(line);
}

await last;
await client.CloseAsync();
return 0;

ValueTask Show(Message message)
{
    var place = message.Room is { } room ? $"#{room} " : "";
    Console.WriteLine(message.Kind == MessageKind.Delete ? $"{place}{message.From} took a message back" : $"{place}{message.From}: {message.Body}");
    client.MarkRead(message);
    return ValueTask.CompletedTask;
}

async Task SendAsync(string line)
{
    try
    {
        var sent = await client.SendAsync(target, line);
        Console.WriteLine($"  ✓ {line}");
        if (!target.IsRoom)
        {
            _ = ShowTicksAsync(sent, line);
        }
    }
    catch (ClientException exception)
    {
        Console.WriteLine($"  ✗ {line}: {exception.Message}");
    }
}

async Task ShowTicksAsync(SentMessage sent, string line)
{
    try
    {
        var receipt = await sent.Delivered;
        Console.WriteLine(receipt.State == ReceiptState.Delivered ? $"  ✓✓ {line}" : $"  ✗ {line}: {receipt.State}");
        await sent.Read;
        Console.WriteLine($"  read: {line}");
    }
    catch (OperationCanceledException)
    {
        // The program ends before it is known.
    }
}
