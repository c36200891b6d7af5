// One sequence of operations, on a registry and on the models that it may be in agreement with.
using System.Globalization;
using System.Text;

namespace DistributedSockets.Tests.Faults;

/// <summary>
/// One sequence of operations. Of two calls at once both orders are right, and the answers may not tell which it was: as many models are kept as
/// can still be the truth, and the registry is wrong when none is left.
/// </summary>
internal sealed class RegistryRun(ModelledRegistry real, CancellationToken cancellationToken)
{
    private readonly NodesMemory _memory = new();
    private readonly StringBuilder _told = new();
    private List<RegistryModel> _models = [new(real.ListsLostAsserts)];

    private TimeSpan Turn => real.Lease * RegistryModel.Turn / RegistryModel.Lease;

    /// <returns>How many calls it was.</returns>
    public async Task<int> RunAsync(OperationSequence sequence)
    {
        var calls = 0;
        foreach (var operation in OperationSequence.Nodes.Select(Operation (node) => new Operation.Boot(node)).Concat(sequence.Operations))
        {
            if (await DoAsync(operation) is > 0 and var made)
            {
                calls += made;
                await SeeAsync();
            }
        }

        await SettleAsync();
        await SeeAsync();
        return calls;
    }

    private async Task<int> DoAsync(Operation operation)
    {
        switch (operation)
        {
            case Operation.Pass:
                await PassAsync(41);
                return 1;
            case Operation.Lapse lapse:
                foreach (var time in (int[])[91, 21])
                {
                    foreach (var other in OperationSequence.Nodes.Where(node => node != lapse.Node))
                    {
                        await DoAsync(new Operation.Renew(other, Back: 0));
                    }

                    await PassAsync(time);
                }

                return 1;
            case Operation.AtOnce both:
                return await AtOnceAsync(both);
            default:
                return await AskAsync(_memory.CallOf(operation, Turn));
        }
    }

    private async Task PassAsync(int time)
    {
        await real.PassAsync(time);
        _models.ForEach(model => model.Pass(time));
        _told.Append(CultureInfo.InvariantCulture, $"\n  {time} hundredths of a lease pass");
    }

    private async Task<int> AskAsync(RegistryCall? call)
    {
        if (call is null)
        {
            return 0;
        }

        var answer = await call.AskAsync(real.Of(call.By), cancellationToken);
        Tell(call, answer);
        Keep(model => [(model, call.Judge(model, answer))]);
        return 1;
    }

    private async Task<int> AtOnceAsync(Operation.AtOnce both)
    {
        var (first, second) = (_memory.CallOf(both.First, Turn), _memory.CallOf(both.Second, Turn));
        if (first is null || second is null || Meet(first, second) || Meet(second, first))
        {
            return await AskAsync(first) + await AskAsync(second);
        }

        _told.Append("\n  at once:");
        var answers = await Task.WhenAll(new[] { first, second }.Select(call => Task.Run(() => call.AskAsync(real.Of(call.By), cancellationToken), cancellationToken)));
        Tell(first, answers[0]);
        Tell(second, answers[1]);
        Keep(model =>
        {
            var other = model.Copy();
            return
            [
                (model, first.Judge(model, answers[0]) ?? second.Judge(model, answers[1])),
                (other, second.Judge(other, answers[1]) ?? first.Judge(other, answers[0])),
            ];
        });
        return 2;
    }

    /// <summary>One that died and does not know it enters a session while it is reaped: the reaper may see it on the work list for a moment, and no order is promised.</summary>
    private static bool Meet(RegistryCall enters, RegistryCall reaps) => enters.Enters is { } node && node == reaps.Reaps;

    /// <summary>The work lists show only when they are worked off: everybody dies, and one who is left reaps all who ever lived.</summary>
    private async Task SettleAsync()
    {
        _told.Append("\n  all die and are reaped:");
        await PassAsync(RegistryModel.Lease);
        await DoAsync(new Operation.Boot(ModelledRegistry.Reaper));
        await DoAsync(new Operation.BeginReap(ModelledRegistry.Reaper));
        foreach (var dead in _memory.Boots.Where(boot => boot.Node != ModelledRegistry.Reaper).ToList())
        {
            await AskAsync(RegistryCall.Reap(ModelledRegistry.Reaper, dead, 10, _memory));
            await AskAsync(_memory.Confirm(ModelledRegistry.Reaper, dead));
        }

        await DoAsync(new Operation.BeginReap(ModelledRegistry.Reaper));
        foreach (var user in OperationSequence.Users)
        {
            await DoAsync(new Operation.EndGrace(ModelledRegistry.Reaper, user));
        }
    }

    private async Task SeeAsync()
    {
        var (registry, presence) = real.Of(OperationSequence.Nodes[0]);
        var states = Task.WhenAll(OperationSequence.Users.Select(user => presence.ReadAsync(user, cancellationToken)));
        var nodes = registry.ReadNodesAsync(cancellationToken);
        var located = await Task.WhenAll(OperationSequence.Users.Select(user => registry.LocateAsync(user, cancellationToken)));
        var byUser = OperationSequence.Users.Zip(located).ToDictionary(user => user.First, user => user.Second);
        var living = (await nodes).Living.Keys;
        var seen = await states;
        Keep(model => [(model, model.See(byUser, living) ?? model.See(seen))]);
    }

    private void Tell(RegistryCall call, object? answer)
    {
        _told.Append(CultureInfo.InvariantCulture, $"\n  {call.Text}: {Words.Of(answer)}");
        call.Note(answer);
    }

    private void Keep(Func<RegistryModel, IEnumerable<(RegistryModel Model, string? Complaint)>> judge)
    {
        var judged = _models.SelectMany(judge).ToList();
        _models = [.. judged.Where(model => model.Complaint is null).Select(model => model.Model)];
        if (_models.Count > 1)
        {
            _models = [.. _models.DistinctBy(model => model.ToString())];
        }

        if (_models.Count == 0)
        {
            var complaints = string.Join("\n  or ", judged.Select(model => $"{model.Complaint}\n    in the model: {model.Model}"));
            throw new RegistryDisagreesException(_memory.Readable($"What happened:{_told}\nWhat is wrong:\n  {complaints}"));
        }
    }
}

internal sealed class RegistryDisagreesException(string message) : Exception(message);
