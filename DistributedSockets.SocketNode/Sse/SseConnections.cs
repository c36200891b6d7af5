// The event streams of this node, for those who post to them.
using System.Collections.Concurrent;

namespace DistributedSockets.SocketNode.Sse;

/// <summary>The event streams of this node. Each is there for as long as its request.</summary>
internal sealed class SseConnections
{
    private readonly ConcurrentDictionary<string, SsePosts> _streams = new();

    public SsePosts? Find(string id) => _streams.GetValueOrDefault(id);

    public void Add(SsePosts posts) => _streams[posts.Id] = posts;

    public void Remove(SsePosts posts) => _streams.TryRemove(posts.Id, out _);
}
