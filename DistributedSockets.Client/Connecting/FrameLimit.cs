// How large a frame the nodes take.
using System.Text.Json;

namespace DistributedSockets.Client.Connecting;

/// <summary>How many bytes a node takes in one frame: what the last welcome has told, and the nodes' default before that.</summary>
internal sealed class FrameLimit
{
    private int _bytes = 65_536;

    public int Bytes => Volatile.Read(ref _bytes);

    public void Learn(JsonElement welcome)
    {
        if (welcome.Field("limits", JsonValueKind.Object)?.Number("frameBytes") is { } told and > 0 and <= int.MaxValue)
        {
            Volatile.Write(ref _bytes, (int)told);
        }
    }

    /// <exception cref="ClientException">It is too large: a node would close the connection for good.</exception>
    public void Check(byte[] frame)
    {
        if (IsTooLarge(frame))
        {
            throw TooLarge(frame);
        }
    }

    public bool IsTooLarge(byte[] frame) => frame.Length > Bytes;

    public ClientException TooLarge(byte[] frame) =>
        new(ClientException.TooLarge, $"It has {frame.Length} bytes with its frame; a node takes {Bytes}.", "Limits:FrameBytes");
}
