// What comes in on a connection: the answer to its upgrade, its greeting, its probe, and then the dialect's frames.
using System.Diagnostics;
using System.Text;

namespace DistributedSockets.Benchmarks.Load.Sockets;

internal sealed partial class LinkSet
{
    private void Read(Link link)
    {
        if (link.IsExpendable && link.State == LinkState.Ready)
        {
            Discard(link);
            return;
        }

        var held = link.Partial.Length;
        link.Partial.CopyTo(_input);
        var count = Native.Receive(link.Descriptor, _input.AsSpan(held));
        if (count < 0)
        {
            return;
        }

        if (count == 0)
        {
            throw new LoadException($"The connection of '{link.User}' was closed by the server.");
        }

        Now = Stopwatch.GetTimestamp();
        var rest = _input.AsSpan(0, held + count);
        if (link.State == LinkState.Upgrading)
        {
            var answer = Upgrade.AnswerLength(rest, link.User);
            if (answer == 0)
            {
                link.Keep(rest);
                return;
            }

            rest = rest[answer..];
            link.State = LinkState.Greeting;
            if (link.Dialect.Hello(link) is { } hello)
            {
                Send(link, Frames.Masked(hello));
            }
            else if (!link.Dialect.IsGreeted)
            {
                BeginProbe(link);
            }
        }

        while (Frames.TryRead(rest, out var first, out var payload, out var length))
        {
            rest = rest[length..];
            if (first == (Frames.Final | Frames.Text))
            {
                OnText(link, payload);
            }
            else
            {
                OnOther(link, first, payload);
            }
        }

        link.Keep(rest);
        if (link.State == LinkState.Ready)
        {
            link.Dialect.AfterRead(link, this);
            listener.AfterRead(link);
        }
    }

    private void Discard(Link link)
    {
        try
        {
            if (Native.Receive(link.Descriptor, _input) != 0)
            {
                return;
            }
        }
        catch (IOException)
        {
            // Reset: an end as good as any.
        }

        Stall(link);
    }

    private void OnText(Link link, ReadOnlySpan<byte> payload)
    {
        switch (link.State)
        {
            case LinkState.Greeting:
                if (link.Dialect.Greet(link, payload, this))
                {
                    BeginProbe(link);
                }

                break;
            case LinkState.Probing:
                if (payload.IndexOf(Mark.Head) is var at and >= 0 && Mark.Read(payload[at..]).Sequence == Link.Probe)
                {
                    link.State = LinkState.Ready;
                    Ready++;
                }

                break;
            default:
                link.Dialect.Read(link, payload, listener, this);
                break;
        }
    }

    private void OnOther(Link link, byte first, ReadOnlySpan<byte> payload)
    {
        switch (first)
        {
            case Frames.Text or Frames.Continuation:
                link.Fragments = [.. link.Fragments, .. payload];
                break;
            case Frames.Final | Frames.Continuation:
                byte[] whole = [.. link.Fragments, .. payload];
                link.Fragments = [];
                OnText(link, whole);
                break;
            case Frames.Final | Frames.Ping:
                Send(link, Frames.Masked(Frames.Pong, payload));
                break;
            case Frames.Final | Frames.Close:
                var code = payload.Length >= 2 ? (payload[0] << 8) | payload[1] : 0;
                throw new LoadException($"The server closed the connection of '{link.User}' with {code} '{Encoding.UTF8.GetString(payload[Math.Min(2, payload.Length)..])}'.");
            default:
                throw new LoadException($"The server sent a frame that begins with {first:x2}.");
        }
    }

    private void BeginProbe(Link link)
    {
        link.State = LinkState.Probing;
        Send(link, new Template(link.Dialect.Probe(link.User), (uint)link.Index), Link.Probe, 1);
    }
}
