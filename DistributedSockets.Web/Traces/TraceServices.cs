// Adds traces to the web application: where they are kept, and what takes them in.
namespace DistributedSockets.Web.Traces;

internal static class TraceServices
{
    public static void AddTraces(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TraceOptions.Read(builder.Configuration));
        builder.Services.AddSingleton(new TraceRing(TraceLimits.Default));
        builder.Services.AddSingleton<TraceIntake>();
    }

    public static void MapTraces(this WebApplication app)
    {
        if (app.Services.GetRequiredService<TraceOptions>().Collect)
        {
            TraceIntake.Map(app);
        }
    }
}
