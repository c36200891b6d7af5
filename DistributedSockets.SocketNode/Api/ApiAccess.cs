// Who may use the API: in token mode whose token has the scope, in anonymous mode programs on this machine.
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.Limits;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace DistributedSockets.SocketNode.Api;

/// <summary>Stands before every endpoint of <c>/api</c>. An endpoint reads its body itself, so that nothing is read of what is refused here.</summary>
internal sealed class ApiAccess(Authenticator authenticator, LocalCallers local, Origins origins, ClientAddresses addresses, RateLimits rates, NodeMetrics metrics) : IEndpointFilter
{
    private static readonly Verdict Missing = new(TokenFault.Missing, "a token is required: Authorization: Bearer");

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        await WhyRefusedAsync(context.HttpContext) is { } refusal ? refusal : Counted(await next(context));

    /// <summary>What is refused for now was counted by whoever knows the limit; what is too much by its nature is known here only.</summary>
    private object? Counted(object? answer)
    {
        if (answer is ProblemHttpResult { StatusCode: StatusCodes.Status409Conflict or StatusCodes.Status413PayloadTooLarge } problem && problem.ProblemDetails.Extensions.TryGetValue(Problems.Limit, out var limit))
        {
            metrics.LimitReached((string)limit!);
        }

        return answer;
    }

    private async Task<IResult?> WhyRefusedAsync(HttpContext context)
    {
        var request = context.Request;
        var isRead = HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);
        if (!isRead && !origins.Allow(request))
        {
            return Problems.Forbidden("this origin may not write: it is not among AllowedOrigins");
        }

        if (await WhoIsRefusedAsync(context, isRead ? ApiScope.Read : ApiScope.All) is { } refusal)
        {
            return refusal;
        }

        // A page of somebody else's can send other types without asking first.
        return HttpMethods.IsPost(request.Method) && !request.HasJsonContentType() ? Problems.UnsupportedMediaType() : null;
    }

    private async Task<IResult?> WhoIsRefusedAsync(HttpContext context, ApiScope needed)
    {
        if (!authenticator.UsesTokens)
        {
            return local.WhyRefused(context) is { } problem ? Problems.Forbidden(problem) : WhyTooMany(context, addresses.Of(context)?.ToString() ?? "");
        }

        var verdict = Authenticator.HeaderToken(context.Request) is { } token ? await authenticator.VerifyAsync(token, expected: null, context.RequestAborted) : Missing;
        return !verdict.IsGood(out var identity) ? Problems.Unidentified(context, verdict)
            : identity.Grants.Api < needed ? Problems.Forbidden($"the token has not the scope {(needed == ApiScope.Read ? TokenClaims.ApiRead : TokenClaims.Api)}")
            : WhyTooMany(context, identity.User.Value);
    }

    private ProblemHttpResult? WhyTooMany(HttpContext context, string caller)
    {
        if (rates.Request(caller) is { } excess)
        {
            return Problems.RateLimited(context, excess);
        }

        context.Features.Set(new ApiCaller(caller));
        return null;
    }
}

/// <summary>Who asks, as rates count it: a token's user, or an address.</summary>
internal sealed record ApiCaller(string Name)
{
    public static string Of(HttpContext context) => context.Features.GetRequiredFeature<ApiCaller>().Name;
}
