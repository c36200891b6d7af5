// What all runners of one application share.
using Aspire.Hosting.ApplicationModel;
using DistributedSockets.LocalHosting.Display;
using DistributedSockets.LocalHosting.Processes;

namespace DistributedSockets.LocalHosting.Running;

/// <param name="Hurried">Cancelled when no process may take its time any longer to end.</param>
/// <param name="OnServerUnavailable">Without its servers the application is of no use: it ends, unless a test runs it.</param>
internal sealed record RunContext(
    LocalHostingOptions Options,
    RunFolder Folder,
    ResourceLogs Logs,
    ResourceNotificationService Notifications,
    HealthMonitor Health,
    DependencyWait Dependencies,
    TimeProvider Time,
    Action OnServerUnavailable,
    CancellationToken Hurried);
