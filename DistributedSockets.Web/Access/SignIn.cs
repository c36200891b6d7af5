// GET and POST /sign-in, POST /sign-out.
using System.Security.Claims;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace DistributedSockets.Web.Access;

/// <summary>A form that asks for the key, and the cookie that is given for it.</summary>
internal sealed partial class SignIn(DashboardKey key, SignInAttempts attempts, IAntiforgery antiforgery, ILogger<SignIn> logger)
{
    public const string Path = "/sign-in";

    /// <summary>The claim with the key's fingerprint.</summary>
    public const string KeyClaim = "key";

    private const int MaxForm = 8 * 1024;

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (HttpContext context, SignIn signIn, string? to, bool? given) => signIn.Ask(context, to, given ?? false)).AllowAnonymous();

        // The token is looked at by hand, for an answer that says what is wrong.
        endpoints.MapPost(Path, (HttpContext context, SignIn signIn, [FromForm] string? key, [FromForm] string? to) => signIn.TakeAsync(context, key, to))
            .AllowAnonymous().DisableAntiforgery().WithMetadata(new RequestSizeLimitAttribute(MaxForm));

        // Nobody else's page can do this to a visitor: the cookie comes along from this site alone, and who has none gets no further than the policy.
        endpoints.MapPost("/sign-out", (Delegate)EndAsync).DisableAntiforgery();
    }

    /// <param name="given">The cookie was given a moment ago.</param>
    private IResult Ask(HttpContext context, string? target, bool given) =>
        !key.IsWanted || context.User.Identity?.IsAuthenticated == true ? TypedResults.LocalRedirect(Local(target))
        : given ? Form(target, "The key is right, but your browser did not keep the cookie. It does only for an https address, or for localhost.", StatusCodes.Status400BadRequest)
        : Form(target, problem: null);

    private async Task<IResult> TakeAsync(HttpContext context, string? given, string? target)
    {
        if (!await antiforgery.IsRequestValidAsync(context))
        {
            return Form(target, "Your browser did not bring back this page's cookie. Allow cookies, and try again.", StatusCodes.Status400BadRequest);
        }

        var address = context.Connection.RemoteIpAddress;
        if (attempts.IsOver(address))
        {
            LogTooMany(address?.ToString());
            return Form(target, "Too many wrong keys came from your network. Wait a minute.", StatusCodes.Status429TooManyRequests);
        }

        if (!key.Is(given))
        {
            attempts.NoteWrong(address);
            LogWrong(address?.ToString());
            return Form(target, "That is not the key. It is the setting Dashboard:Key of this application.", StatusCodes.Status401Unauthorized);
        }

        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, "dashboard"), new Claim(KeyClaim, key.Fingerprint)], CookieAuthenticationDefaults.AuthenticationScheme);
        await context.SignInAsync(new ClaimsPrincipal(identity));

        // By way of the form, which sees whether the browser has kept the cookie.
        return TypedResults.LocalRedirect($"{Path}{QueryString.Create("to", Local(target)).Add("given", "true")}");
    }

    private static async Task<IResult> EndAsync(HttpContext context)
    {
        await context.SignOutAsync();
        return TypedResults.LocalRedirect(Path);
    }

    private static RazorComponentResult<SignInPage> Form(string? target, string? problem, int status = StatusCodes.Status200OK) =>
        new(new { Target = Local(target), Problem = problem }) { StatusCode = status };

    /// <summary>A path of this application, never the address of another.</summary>
    private static string Local(string? target) => target is ['/', not ('/' or '\\'), ..] && !target.Any(char.IsControl) ? target : "/";

    [LoggerMessage(11101, LogLevel.Warning, "A wrong key was given to sign in, from {Address}")]
    private partial void LogWrong(string? address);

    [LoggerMessage(11102, LogLevel.Warning, "Too many wrong keys from {Address}: the next one was not looked at")]
    private partial void LogTooMany(string? address);
}
