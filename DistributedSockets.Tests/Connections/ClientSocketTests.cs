// What a node says to a client that is not a connection yet.
using DistributedSockets.Tests.Support;

namespace DistributedSockets.Tests.Connections;

public sealed class ClientSocketTests
{
    [Fact]
    public async Task Goodbye_waits_for_an_answer_that_the_client_does_not_take()
    {
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stream = new FakeSocket { Gate = reading.Task };
        var socket = stream.Open(frameBytes: 1024);

        var answering = socket.AnswerAsync("are you there"u8.ToArray());
        var closing = socket.CloseAsync(4000, "no hello");
        Assert.Equal(1, stream.Writes);

        reading.SetResult();
        await Task.WhenAll(answering, closing).WaitAsync(TestClient.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, stream.Writes);
        Assert.Equal(4000, (int)stream.CloseStatus!);
    }
}
