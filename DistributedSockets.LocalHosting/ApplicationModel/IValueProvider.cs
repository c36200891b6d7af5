// A value that is known only when the application runs, such as a port.
namespace Aspire.Hosting.ApplicationModel;

public interface IValueProvider
{
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>In Aspire, how the value is written in a published manifest. Nothing is published here; the constraint of interpolated strings needs it.</summary>
public interface IManifestExpressionProvider
{
    string ValueExpression { get; }
}
