// The query of a request to the API, each parameter by its rule.
using System.Globalization;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Registry;

namespace DistributedSockets.SocketNode.Api;

/// <summary>Reads the parameters of a query. What breaks a rule reads as absent, and <see cref="Problem"/> names the first.</summary>
internal sealed class ApiQuery(HttpContext context)
{
    /// <summary>What integers on the wire stay below.</summary>
    private const long MaxNumber = 1L << 53;

    private readonly IQueryCollection _query = context.Request.Query;

    /// <summary>What is wrong; null while nothing is.</summary>
    public string? Problem { get; private set; }

    public void Fail(string problem) => Problem ??= problem;

    /// <summary>How many are wanted at most.</summary>
    public int Limit(int absent, int max)
    {
        if (!_query.TryGetValue("limit", out var text))
        {
            return absent;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= max)
        {
            return limit;
        }

        Fail($"'limit' must be an integer from 1 to {max}");
        return absent;
    }

    /// <summary>A place in a log or an inbox; null where it is absent.</summary>
    public long? Number(string name)
    {
        if (!_query.TryGetValue(name, out var text))
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < MaxNumber)
        {
            return number;
        }

        Fail($"'{name}' must be an integer that is not negative");
        return null;
    }

    /// <summary>Which part of a list is wanted.</summary>
    public ListQuery List(int absent, int max)
    {
        var search = _query["search"].ToString();
        if (search.Length > 0 && IdRules.Problem(search.Trim(), "search") is { } problem)
        {
            Fail(problem);
        }

        ListPlace? place = null;
        if (_query.TryGetValue("after", out var after) && !ListPlace.TryParse(after, out place))
        {
            Fail("'after' must be the 'next' of a page of this list");
        }

        return new ListQuery(search, place, Limit(absent, max));
    }

    /// <summary>Null where it is absent.</summary>
    public UserId? User(string name)
    {
        if (!_query.TryGetValue(name, out var text))
        {
            return null;
        }

        if (UserId.TryParse(text, out var user, out var problem, name))
        {
            return user;
        }

        Fail(problem);
        return null;
    }
}
