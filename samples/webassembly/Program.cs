// What a client does most, in WebAssembly: connects, writes to itself, loses its connection, joins a room. Ends with an error where something is not as it should be.
using DistributedSockets.Client;

await using var client = new DistributedSocketsClient(new ClientOptions { User = args[0], Nodes = { new(args[1]) } });
client.StateChanged += change => Console.WriteLine($"* {change.State}{(change.Reason is { } reason ? $": {reason.Reason}" : "")}");
await client.ConnectAsync();
await using var messages = client.ReadMessagesAsync().GetAsyncEnumerator();

await SendAndReceiveAsync("hi");
client.CutConnection();
await SendAndReceiveAsync("hi after a cut");
Console.WriteLine($"joined {(await client.JoinAsync("team")).Name}, in a browser: {OperatingSystem.IsBrowser()}");
await client.CloseAsync();

async Task SendAndReceiveAsync(string text)
{
    var sent = await client.SendAsync(args[0], text);
    if (!await messages.MoveNextAsync() || messages.Current.Mid != sent.Mid)
    {
        throw new InvalidOperationException($"'{text}' did not come.");
    }

    Console.WriteLine($"{messages.Current.From}: {messages.Current.Body}");
}
