// A connection string that the AppHost writes itself, for example one that leads through a proxy. No process belongs to it.
namespace Aspire.Hosting.ApplicationModel;

public sealed class ConnectionStringResource(string name, ReferenceExpression connectionStringExpression)
    : Resource(name), IResourceWithConnectionString
{
    public ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
}
