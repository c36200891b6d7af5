// The time a test of processes may take before it fails: generous, because machines that run tests are busy.
namespace DistributedSockets.Tests.LocalHosting;

internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    public Deadline(int seconds = 60) => _source.CancelAfter(TimeSpan.FromSeconds(seconds));

    public CancellationToken Token => _source.Token;

    /// <summary>For what nobody tells of, such as the end of somebody else's process.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(Token);
        }
    }

    public void Dispose() => _source.Dispose();
}
