// A connection to Redis whose process falls asleep right before it sends one certain script.
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using DistributedSockets.SocketNode.Redis;
using StackExchange.Redis;

namespace DistributedSockets.Tests.Support;

/// <summary>
/// A connection to Redis that goes on with everything but one script: that waits until <see cref="Wake"/>, as it does in a process that is suspended at that point. The
/// client's interfaces are wide; only what takes the script is looked at.
/// </summary>
internal sealed class SleepyRedis
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _asleep = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _awake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly RedisScript _script;

    public SleepyRedis(IConnectionMultiplexer redis, RedisScript script)
    {
        _script = script;
        var database = Passing.Wrap(redis.GetDatabase(), (_, arguments, pass) => arguments is [byte[] hash, ..] && hash == _script.Hash ? SendAsync(pass) : pass());
        Connection = Passing.Wrap(redis, (method, _, pass) => method.Name == nameof(IConnectionMultiplexer.GetDatabase) ? database : pass());
    }

    public IConnectionMultiplexer Connection { get; }

    /// <summary>Completes when everything before the script has happened.</summary>
    public Task WhenAsleepAsync() => _asleep.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);

    public void Wake() => _awake.TrySetResult();

    private async Task<RedisResult> SendAsync(Func<object?> pass)
    {
        _asleep.TrySetResult();
        await _awake.Task;
        return await (Task<RedisResult>)pass()!;
    }

    /// <summary>Passes every call of an interface on, by way of somebody who may do something else.</summary>
    [SuppressMessage("Performance", "CA1852:Seal internal types", Justification = "The proxy is made as a subtype at run time.")]
    internal class Passing : DispatchProxy
    {
        private object _inner = null!;
        private Func<MethodInfo, object?[], Func<object?>, object?> _invoke = null!;

        public static T Wrap<T>(T inner, Func<MethodInfo, object?[], Func<object?>, object?> invoke)
            where T : class
        {
            var wrapped = Create<T, Passing>();
            var passing = (Passing)(object)wrapped;
            (passing._inner, passing._invoke) = (inner, invoke);
            return wrapped;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            _invoke(targetMethod!, args ?? [], () => targetMethod!.Invoke(_inner, args));
    }
}
