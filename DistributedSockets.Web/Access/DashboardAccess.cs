// Who may see the dashboard, and with what it goes to the nodes.
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;

namespace DistributedSockets.Web.Access;

/// <summary>
/// Where a key is configured, whatever is not expressly open wants the cookie that is given for it: pages, the circuit behind them, addresses that do not exist. Open are
/// <c>/health</c>, <c>/alive</c>, the files that the form needs, and <c>/v1/traces</c>, which has a rule of its own.
/// </summary>
internal static class DashboardAccess
{
    // While one works with it; the circuit of an open page asks for nothing, and ends with the page.
    private static readonly TimeSpan Expiry = TimeSpan.FromHours(12);

    /// <summary>Returns why the application must not start, in words for who started it; null when it may.</summary>
    public static string? AddDashboardAccess(this WebApplicationBuilder builder)
    {
        var setting = builder.Configuration["Dashboard:Key"];
        if (DashboardKey.Problem(setting, builder.Environment.IsDevelopment()) is { } problem)
        {
            return problem;
        }

        var services = builder.Services;
        var key = new DashboardKey(setting);
        services.AddSingleton(key);
        services.AddSingleton<SignInAttempts>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<NodeTokens>();
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(options =>
        {
            Protect(options.Cookie, "ds");

            // Also where a proxy speaks https for this application. Browsers take localhost for secure.
            options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            options.ExpireTimeSpan = Expiry;
            options.SlidingExpiration = true;
            options.Events.OnRedirectToLogin = AskToSignIn;
            options.Events.OnValidatePrincipal = context =>
            {
                if (context.Principal?.FindFirst(SignIn.KeyClaim)?.Value != key.Fingerprint)
                {
                    context.RejectPrincipal();
                }

                return Task.CompletedTask;
            };
        });
        services.AddAntiforgery(options => Protect(options.Cookie, "ds-form"));
        services.AddAuthorizationBuilder().SetFallbackPolicy(key.IsWanted ? new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build() : null);
        return null;
    }

    public static void UseDashboardAccess(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static void MapSignIn(this WebApplication app) => SignIn.Map(app);

    private static void Protect(CookieBuilder cookie, string name)
    {
        cookie.Name = name;
        cookie.HttpOnly = true;
        cookie.SameSite = SameSiteMode.Strict;
        cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.Path = "/";
    }

    /// <summary>A person is sent to the form; whatever else asks (a circuit, a script) is told no.</summary>
    private static Task AskToSignIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        var request = context.Request;
        if (HttpMethods.IsGet(request.Method) && !request.Path.StartsWithSegments("/_blazor") && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Redirect($"{SignIn.Path}{QueryString.Create("to", request.Path + request.QueryString)}");
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }

        return Task.CompletedTask;
    }
}
