// What says who may connect: one line per collaborator.
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace DistributedSockets.SocketNode.Auth;

internal static class AuthServices
{
    public static void AddAuth(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>, TokenRules>();
        services.AddSingleton<IPostConfigureOptions<JwtBearerOptions>, JwtBearerPostConfigureOptions>();
        services.AddSingleton<TokenVerifier>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<TokenRenewal>();
        if (ReadOptions(builder.Configuration).UsesTokens(builder.Environment))
        {
            services.AddHostedService<RevocationWatch>();
        }
        else
        {
            services.AddHostedService<AnonymousWarning>();
        }
    }

    private static AuthOptions ReadOptions(IConfiguration configuration) => configuration.GetSection("Auth").Get<AuthOptions>() ?? new AuthOptions();
}
