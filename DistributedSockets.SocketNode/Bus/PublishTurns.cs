// How many links publish at once: with more nodes there are more links, and what each publish carries would become less.
namespace DistributedSockets.SocketNode.Bus;

/// <summary>
/// How many links publish at once: one in four, in the order in which they ask. Of the rest each collects meanwhile, so that a node with many others around it does not
/// publish as many times more. Nobody waits for longer than a few answers of the broker, and nobody at all while it has little to do.
/// </summary>
internal sealed class PublishTurns
{
    private const int LinksPerTurn = 4;

    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private int _underWay;
    private int _links;

    /// <summary>There are so many links now.</summary>
    public void Count(int links)
    {
        lock (_gate)
        {
            _links = links;
        }
    }

    /// <summary>Completes when the caller may publish; then <see cref="Leave"/> has to follow.</summary>
    public Task EnterAsync()
    {
        lock (_gate)
        {
            if (_underWay <= (_links - 1) / LinksPerTurn)
            {
                _underWay++;
                return Task.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(turn);
            return turn.Task;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (_waiting.TryDequeue(out var next))
            {
                next.SetResult();
            }
            else
            {
                _underWay--;
            }
        }
    }
}
