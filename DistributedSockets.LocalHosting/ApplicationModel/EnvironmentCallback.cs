// What fills a resource's environment: callbacks, run in the order they were added each time it starts; the later wins.
namespace Aspire.Hosting.ApplicationModel;

public sealed class EnvironmentCallbackContext
{
    internal EnvironmentCallbackContext(IResource resource, CancellationToken cancellationToken)
    {
        Resource = resource;
        CancellationToken = cancellationToken;
    }

    public IResource Resource { get; }

    /// <summary>A value is a string or an <see cref="IValueProvider"/>, which is asked after the last callback.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = [];

    public CancellationToken CancellationToken { get; }
}

internal sealed record EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> Callback) : IResourceAnnotation;

internal sealed record ArgumentsAnnotation(IReadOnlyList<object> Arguments) : IResourceAnnotation;
