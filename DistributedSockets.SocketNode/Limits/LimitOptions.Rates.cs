// Rates, and how many may connect at once.
namespace DistributedSockets.SocketNode;

/// <summary>Rates are so many a second, and so many saved up. 0 a second: none; null: that of the mode, which is none in anonymous mode.</summary>
internal sealed partial class LimitOptions
{
    /// <summary>Messages of one connection. In token mode 50.</summary>
    public int? MessagesPerSecond { get; set; }

    public int MessagesBurst { get; set; } = 200;

    /// <summary>Messages of one user, over the connections on this node. In token mode 200.</summary>
    public int? UserMessagesPerSecond { get; set; }

    public int UserMessagesBurst { get; set; } = 800;

    /// <summary>Messages of one address.</summary>
    public int AddressMessagesPerSecond { get; set; }

    public int AddressMessagesBurst { get; set; } = 1000;

    /// <summary>Other commands of one connection, such as a read mark or a new token.</summary>
    public int CommandsPerSecond { get; set; } = 20;

    public int CommandsBurst { get; set; } = 300;

    /// <summary>Connects of one user. In token mode 2.</summary>
    public int? UserConnectsPerSecond { get; set; }

    public int UserConnectsBurst { get; set; } = 20;

    /// <summary>Connects of one address. In token mode 20.</summary>
    public int? AddressConnectsPerSecond { get; set; }

    public int AddressConnectsBurst { get; set; } = 200;

    /// <summary>Requests to the API of one caller. In token mode 500.</summary>
    public int? ApiPerSecond { get; set; }

    public int ApiBurst { get; set; } = 1000;

    /// <summary>Connections of this node; 0 for as many as the process may have files open, less 700.</summary>
    public int Connections { get; set; }

    /// <summary>Connections that are being opened at once.</summary>
    public int ConnectsInProgress { get; set; } = 500;
}
