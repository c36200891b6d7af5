// One line per collaborator, in the order of a message's path.
using DistributedSockets.SocketNode.Api;
using DistributedSockets.SocketNode.Api.Reference;
using DistributedSockets.SocketNode.Auth;
using DistributedSockets.SocketNode.Bus;
using DistributedSockets.SocketNode.Cluster;
using DistributedSockets.SocketNode.Connections;
using DistributedSockets.SocketNode.Diagnostics;
using DistributedSockets.SocketNode.History;
using DistributedSockets.SocketNode.Inbox;
using DistributedSockets.SocketNode.Limits;
using DistributedSockets.SocketNode.Messaging;
using DistributedSockets.SocketNode.Presence;
using DistributedSockets.SocketNode.Receipts;
using DistributedSockets.SocketNode.Redis;
using DistributedSockets.SocketNode.Registry;
using DistributedSockets.SocketNode.Rooms;
using DistributedSockets.SocketNode.Sse;
using DistributedSockets.SocketNode.Webhooks;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using StackExchange.Redis;

namespace DistributedSockets.SocketNode;

internal static class SocketNodeServices
{
    /// <summary>A Redis that has not answered by then is away. Three tries have room in one lease.</summary>
    private const int RedisTimeoutMs = 2000;

    public static void AddSocketNode(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SocketNodeOptions>().Bind(builder.Configuration).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SocketNodeOptions>, SocketNodeOptionsValidator>();
        services.AddOptions<HostOptions>().Configure<IOptions<SocketNodeOptions>>(
            (host, node) => host.ShutdownTimeout = NodeLifetime.StopLimit(node.Value.Cluster.DrainWindow));
        services.AddSingleton(provider => Failpoints.Clock(provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Failpoints));
        services.AddSingleton<Failpoints>();

        builder.AddAuth();
        services.AddSingleton<Origins>();
        services.AddSingleton<UpgradeRules>();
        services.AddSingleton<LocalCallers>();
        services.AddSingleton<ClientAddresses>();
        services.AddSingleton<RateLimits>();
        services.AddSingleton<Admission>();
        services.AddSingleton<SocketEndpoint>();
        services.AddSingleton<SseConnections>();
        services.AddSingleton<ApiSender>();
        services.AddSingleton<UserLook>();
        services.AddApiDocument();
        services.AddSingleton<ConnectionServices>();
        services.AddSingleton<PlainProfile>();
        services.AddSingleton<PlainDispatcher>();
        services.AddSingleton<JsonProfile>();
        services.AddSingleton<RoomPresenceCommands>();
        services.AddSingleton<PresenceCommands>();
        services.AddSingleton<HistoryCommands>();
        services.AddSingleton<CommandDispatcher>();
        services.AddSingleton<MessageRouter>();
        services.AddSingleton<Locations>();
        services.AddSingleton<HintPublisher>();
        services.AddSingleton<StoreTurns>();
        services.AddSingleton<MissedHints>();
        services.AddSingleton<TypingRelay>();
        services.AddSingleton<RoomCommands>();
        services.AddSingleton<MembershipNotices>();
        services.AddSingleton<RoomServices>();
        services.AddSingleton<RoomOutbox>();
        services.AddSingleton<RoomFeeds>();
        services.AddSingleton<Everyone>();
        services.AddSingleton<RoomIntake>();
        services.AddSingleton<RoomCatchUp>();
        services.AddSingleton<HopReporter>();
        services.AddSingleton<ConnectionTable>();
        services.AddHostedService<Heartbeat>();
        services.AddSingleton<PresenceWatch>();
        services.AddSingleton<PresenceTeller>();
        services.AddSingleton<WatchKeeper>();
        services.AddSingleton<RoomWatch>();
        services.AddSingleton<MemberTeller>();
        services.AddSingleton<RoomLister>();
        services.AddSingleton<SessionKeeper>();
        services.AddSingleton<Disconnector>();
        services.AddSingleton<BusIntake>();
        services.AddSingleton<InboxCatchUp>();
        services.AddSingleton<Conversations>();
        services.AddSingleton<SentMessages>();
        services.AddSingleton<ReceiptCourier>();
        services.AddSingleton<HistoryReader>();
        services.AddSingleton<CopyRounds>();
        services.AddSingleton<OwedCarrier>(provider => provider.GetRequiredService<ReceiptCourier>().DeliverOwedAsync);
        services.AddSingleton<InboxClearing>();
        services.AddSingleton<GraceKeeper>();
        services.AddSingleton<LedgerStatus>();
        services.AddSingleton<InboxSweeper>();

        services.AddSingleton(Limits);
        services.AddSingleton(RoomLimitsOf);
        services.AddSingleton(ConversationLimitsOf);
        var mode = NodeMode.Read(builder.Configuration);
        services.AddSingleton(mode);
        builder.AddWebhooks(mode);
        if (mode.IsCluster)
        {
            AddRedisAndRabbitMq(builder);
        }
        else
        {
            AddInMemory(services);
        }

        services.AddSingleton<NodeIdentity>();
        services.AddSingleton<NodeStatus>();
        services.AddSingleton<NodeReport>();
        services.AddSingleton<NodeLease>();
        services.AddSingleton<NodeWatch>();
        services.AddSingleton<DeadNodeReaper>();
        services.AddSingleton<LoopbackProbe>();
        services.AddSingleton<NodeBoot>();
        services.AddSingleton<NodeDrain>();
        services.AddHostedService<NodeLifetime>();

        services.AddSingleton<NodeMetrics>();
        services.AddSingleton<LedgerMetrics>();
        services.AddHealthChecks().AddCheck<NodeHealthCheck>("node").AddCheck<BusHealthCheck>("bus").AddCheck<LedgerHealthCheck>("ledger");
    }

    private static void AddInMemory(IServiceCollection services)
    {
        services.AddSingleton(provider => new InMemoryConnectionRegistry(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Cluster.Lease,
            provider.GetService<InMemoryHookQueue>()));
        services.AddSingleton<IConnectionRegistry>(provider => provider.GetRequiredService<InMemoryConnectionRegistry>());
        services.AddSingleton<IPresence>(provider => provider.GetRequiredService<InMemoryConnectionRegistry>());
        services.AddSingleton<InMemoryInbox>();
        services.AddSingleton<IInbox>(provider => provider.GetRequiredService<InMemoryInbox>());
        services.AddSingleton<IReceipts>(provider => provider.GetRequiredService<InMemoryInbox>());
        services.AddSingleton<IInboxUpkeep>(provider => provider.GetRequiredService<InMemoryInbox>());
        services.AddSingleton<InMemoryRoomLog>();
        services.AddSingleton<IRoomLog>(provider => provider.GetRequiredService<InMemoryRoomLog>());
        services.AddSingleton<IMembership, InMemoryMembership>();
        services.AddSingleton<IConversationLog, InMemoryConversationLog>();
        services.AddSingleton<INodeBus, InMemoryNodeBus>();
        services.AddSingleton<IRevocations, InMemoryRevocations>();
        services.AddSingleton<IDevelopmentKey, InMemoryDevelopmentKey>();
    }

    private static void AddRedisAndRabbitMq(IHostApplicationBuilder builder)
    {
        builder.AddRedisClient(NodeMode.Redis, configureOptions: options =>
        {
            // FailFast: no command may run after its caller was told that it failed.
            options.BacklogPolicy = BacklogPolicy.FailFast;

            // Nothing here blocks a worker for an answer of Redis, so the client needs no threads of its own beside them: one wake-up less for each answer.
            options.SocketManager = SocketManager.ThreadPool;
            options.AsyncTimeout = options.SyncTimeout = options.ConnectTimeout = RedisTimeoutMs;
            options.ReconnectRetryPolicy = new LinearRetry(RedisTimeoutMs / 4);
            options.KeepAlive = 2;
        });
        builder.AddRabbitMQClient(NodeMode.RabbitMq, settings => settings.DisableHealthChecks = true);

        var services = builder.Services;
        services.AddSingleton<IConnectionRegistry>(provider => new RedisConnectionRegistry(
            provider.GetRequiredService<IConnectionMultiplexer>(),
            provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Cluster.Lease,
            provider.GetRequiredService<WantedHooks>()));
        services.AddSingleton<IPresence, RedisPresence>();
        services.AddSingleton<IInbox, RedisInbox>();
        services.AddSingleton<IReceipts, RedisReceipts>();
        services.AddSingleton<IInboxUpkeep, RedisInboxUpkeep>();
        services.AddSingleton<IRoomLog, RedisRoomLog>();
        services.AddSingleton<IMembership, RedisMembership>();
        services.AddSingleton<IConversationLog, RedisConversationLog>();
        services.AddSingleton<IRevocations, RedisRevocations>();
        services.AddSingleton<IDevelopmentKey, RedisDevelopmentKey>();
        services.AddSingleton<RedisDurability>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisDurability>());
        services.AddHostedService<RedisReturn>();
        services.AddSingleton<BusMetrics>();
        services.AddSingleton<INodeBus>(provider => new RabbitMqNodeBus(
            provider.GetRequiredService<IConnectionFactory>(),
            provider.GetRequiredService<NodeIdentity>().Node,
            provider.GetRequiredService<BusMetrics>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILoggerFactory>()));
    }

    private static RoomLimits RoomLimitsOf(IServiceProvider provider)
    {
        var limits = provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Limits;
        return new RoomLimits(limits.RoomMessages, limits.RoomBytes)
        {
            Retention = limits.RoomRetention,
            Members = limits.RoomMembers,
            RoomsPerUser = limits.RoomsPerConnection,
            Devices = limits.DevicesPerUser,
            EditsPerMessage = limits.EditsPerMessage,
        };
    }

    private static ConversationLimits ConversationLimitsOf(IServiceProvider provider)
    {
        var limits = provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value.Limits;
        return new ConversationLimits(limits.ConversationMessages, limits.ConversationBytes) { Retention = limits.ConversationRetention, EditsPerMessage = limits.EditsPerMessage };
    }

    private static InboxLimits Limits(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<SocketNodeOptions>>().Value;
        return new InboxLimits(options.Limits.InboxMessages, options.Limits.InboxBytes)
        {
            Retention = options.Limits.InboxRetention,
            Devices = options.Limits.DevicesPerUser,
            VisitPeriod = options.Cluster.SweepPeriod,
        };
    }
}
