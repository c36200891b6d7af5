// Asks until it is too much: a rate gives something back each second, however slow the machine is.
using System.Net;

namespace DistributedSockets.Tests.Support;

internal static class TooMany
{
    private const int Most = 50;

    /// <summary>Asks again and again, until the answer is 429.</summary>
    public static async Task<HttpResponseMessage> RequestsAsync(Func<Task<HttpResponseMessage>> askAsync)
    {
        for (var asked = 0; asked < Most; asked++)
        {
            var answer = await askAsync();
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                return answer;
            }

            answer.Dispose();
        }

        Assert.Fail($"{Most} requests were let in.");
        return null;
    }
}
