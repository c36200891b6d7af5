// Redis: one endpoint, one password, and the connection string made of both.
namespace Aspire.Hosting.ApplicationModel;

public sealed class RedisResource : ContainerResource, IResourceWithConnectionString
{
    private readonly string _password;

    internal RedisResource(string name, string password)
        : base(name)
    {
        _password = password;
        PrimaryEndpoint = new EndpointReference(this, "tcp");
    }

    public EndpointReference PrimaryEndpoint { get; }

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)},password={_password}");

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Host)}")),
        new("Port", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Port)}")),
        new("Password", ReferenceExpression.Create($"{_password}")),
        new("Uri", ReferenceExpression.Create($"redis://:{_password}@{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}")),
    ];
}
