// A message in a conversation, as far as it has come.
using System.Text.Json;

namespace DistributedSockets.Web.Chat;

/// <summary>A message in a conversation. It changes when its sender edits it and when news of its way come.</summary>
public sealed class ChatLine(string from, bool isOwn, DateTimeOffset at)
{
    private string _text = "";

    /// <summary>The sender's id of it; null for what had none.</summary>
    public string? Id { get; init; }

    /// <summary>Its id in the system; null before it is acknowledged.</summary>
    public string? Mid { get; private set; }

    public string From => from;

    public bool IsOwn => isOwn;

    public DateTimeOffset At { get; private set; } = at;

    public LineState State { get; private set; } = isOwn ? LineState.Waiting : LineState.Received;

    public string Text => _text;

    /// <summary>The body is no text: <see cref="Text"/> is its JSON.</summary>
    public bool IsJson { get; private set; }

    public bool IsEdited { get; private set; }

    public bool IsDeleted { get; private set; }

    /// <summary>Why it was refused.</summary>
    public string? Problem { get; private set; }

    /// <summary>Rises with each change.</summary>
    public int Version { get; private set; }

    /// <summary>Its sender may still change it.</summary>
    public bool CanChange => IsOwn && Mid is not null && !IsDeleted && !IsJson && State is not (LineState.Failed or LineState.Expired);

    public ChatLine Say(string text)
    {
        (_text, IsJson) = (text, false);
        Version++;
        return this;
    }

    public ChatLine Say(JsonElement body)
    {
        IsJson = body.ValueKind != JsonValueKind.String;
        _text = body.ValueKind == JsonValueKind.Undefined ? "" : IsJson ? body.GetRawText() : TextOf(body);
        Version++;
        return this;
    }

    public void Edit(string text)
    {
        Say(text);
        IsEdited = true;
    }

    public void Edit(JsonElement body)
    {
        Say(body);
        IsEdited = true;
    }

    public void Delete()
    {
        Say("");
        IsDeleted = true;
    }

    /// <summary>It has a place in the system.</summary>
    public ChatLine Place(string mid, DateTimeOffset at)
    {
        (Mid, At) = (mid, at);
        Reach(LineState.Stored);
        return this;
    }

    /// <summary>News of its way; older news than what is known change nothing.</summary>
    public void Reach(LineState state)
    {
        if (IsOwn && state > State)
        {
            State = state;
            Version++;
        }
    }

    public void Refuse(string problem)
    {
        Problem = problem;
        Reach(LineState.Failed);
    }

    // Half a surrogate pair ("\ud83d") is JSON, but no text.
    private static string TextOf(JsonElement body)
    {
        try
        {
            return body.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return body.GetRawText();
        }
    }
}
