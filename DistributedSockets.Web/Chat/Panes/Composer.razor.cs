// What a key does where one writes. A keystroke is this component's own business; only what is sent changes others.
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace DistributedSockets.Web.Chat.Panes;

public sealed partial class Composer
{
    // Twice this in any script fits into one message of the page to the server (Program.cs).
    private const int MaxLength = 20_000;

    // A node forgets after 12 s that somebody types.
    private static readonly TimeSpan TypingPeriod = TimeSpan.FromSeconds(5);

    private ElementReference _input;
    private ChatLine? _editing;
    private string _anew = "";
    private long _typedAt;
    private bool _takesFocus;

    [Parameter, EditorRequired] public Conversation Conversation { get; set; } = null!;

    /// <summary>The message that is written anew; null for a new one.</summary>
    [Parameter] public ChatLine? Editing { get; set; }

    /// <summary>Why nothing can be written now.</summary>
    [Parameter] public string? Obstacle { get; set; }

    [Parameter, EditorRequired] public EventCallback<string> OnSubmit { get; set; }

    [Parameter, EditorRequired] public EventCallback OnCancel { get; set; }

    /// <summary>The last own message is to be written anew.</summary>
    [Parameter, EditorRequired] public EventCallback OnEditLast { get; set; }

    /// <summary>Somebody types here, or has stopped. No event of the page: nothing of it changes.</summary>
    [Parameter, EditorRequired] public Action<bool> OnTyping { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    private string Name => Conversation.IsRoom ? $"#{Conversation.Name}" : Conversation.Name;

    private string Text
    {
        get => Editing is null ? Conversation.Draft : _anew;
        set
        {
            if (Editing is null)
            {
                Conversation.Draft = value;
                Type(value.Length > 0);
            }
            else
            {
                _anew = value;
            }
        }
    }

    public ValueTask FocusAsync() => _input.FocusAsync();

    protected override void OnParametersSet()
    {
        if (Editing != _editing)
        {
            _editing = Editing;
            _anew = Editing?.Text ?? "";
            _takesFocus = true;
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_takesFocus)
        {
            _takesFocus = false;
            await _input.FocusAsync();
        }
    }

    private async Task SubmitAsync()
    {
        var text = Text;
        if (string.IsNullOrWhiteSpace(text) || Obstacle is not null)
        {
            return;
        }

        if (Editing is null)
        {
            Conversation.Draft = "";
            Type(false);
        }

        await OnSubmit.InvokeAsync(text);
    }

    private Task OnKeyAsync(KeyboardEventArgs key) => key.Key switch
    {
        "Escape" when Editing is not null => OnCancel.InvokeAsync(),
        "ArrowUp" when Editing is null && Text.Length == 0 => OnEditLast.InvokeAsync(),
        _ => Task.CompletedTask,
    };

    private void Type(bool isOn)
    {
        if (isOn ? _typedAt == 0 || Time.GetElapsedTime(_typedAt) > TypingPeriod : _typedAt != 0)
        {
            _typedAt = isOn ? Time.GetTimestamp() : 0;
            OnTyping(isOn);
        }
    }
}
