// The web application: pages for people over the nodes that its configuration names.
using DistributedSockets.Web.Access;
using DistributedSockets.Web.Chat;
using DistributedSockets.Web.Chat.Clients;
using DistributedSockets.Web.Chat.Journeys;
using DistributedSockets.Web.Cluster;
using DistributedSockets.Web.Components;
using DistributedSockets.Web.Traces;
using MudBlazor.Services;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();

// Outside Development the host does not look for the packages' static files of a build output; a published output has no need of it.
builder.WebHost.UseStaticWebAssets();

builder.Services.AddMudServices();

// A keystroke carries the whole text of its box, twice; the default of 32 KiB would cut the page's own line at a long paste.
builder.Services.AddRazorComponents().AddInteractiveServerComponents().AddHubOptions(hub => hub.MaximumReceiveMessageSize = 128 * 1024);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<NodeDirectory>();
builder.Services.AddSingleton<NodeHttp>();
builder.Services.AddSingleton<NodeApi>();
builder.Services.AddSingleton<ClusterWatch>();
builder.Services.AddHostedService(services => services.GetRequiredService<ClusterWatch>());
builder.Services.AddSingleton<NodeSignals>();
builder.Services.AddSingleton<NodeRestart>();
builder.Services.AddSingleton(services => new ChatTokens(services.GetRequiredService<NodeDirectory>(), new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(3) }));
builder.Services.AddSingleton<ChatClients>();
builder.Services.AddScoped<JourneyBook>();
builder.Services.AddScoped<PaneBook>();
builder.AddTraces();
if (builder.AddDashboardAccess() is { } problem)
{
    await Console.Error.WriteLineAsync($"The web application can't start. {problem}");
    return 1;
}

var app = builder.Build();

// A wrong address in the configuration is told at start, with the name of the setting, and not to the first visitor.
app.Services.GetRequiredService<NodeDirectory>();

app.UseStatusCodePagesWithReExecute("/not-found");
app.UseDashboardAccess();
app.UseAntiforgery();
app.MapDefaultEndpoints();
app.MapSignIn();
app.MapTraces();
app.MapStaticAssets().AllowAnonymous();
app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
app.Run();
return 0;
