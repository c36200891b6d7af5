// An address a resource listens on, and the port it was given when the application started.
namespace Aspire.Hosting.ApplicationModel;

public sealed class EndpointAnnotation(string name, string uriScheme) : IResourceAnnotation
{
    public string Name { get; } = name;

    public string UriScheme { get; } = uriScheme;

    /// <summary>The wanted port; null for any free one.</summary>
    public int? Port { get; set; }

    /// <summary>Meant to be opened by people; its address is shown last at start.</summary>
    public bool IsExternal { get; set; }

    /// <summary>Set once per run, before anything starts: it stays through every restart of the resource.</summary>
    internal int? AllocatedPort { get; set; }
}
