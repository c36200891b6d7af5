// The target broke a promise, or the run could not be made: the sentence says what.
namespace DistributedSockets.Benchmarks.Load;

internal sealed class LoadException(string message) : Exception(message);
