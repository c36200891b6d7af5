// RabbitMQ: the AMQP endpoint, a user, and the connection string made of both; the management page on an endpoint of its own.
namespace Aspire.Hosting.ApplicationModel;

public sealed class RabbitMQServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string UserName = "guest";
    internal const string ManagementEndpoint = "management";

    private readonly string _password;

    internal RabbitMQServerResource(string name, string password)
        : base(name)
    {
        _password = password;
        PrimaryEndpoint = new EndpointReference(this, "tcp");
    }

    public EndpointReference PrimaryEndpoint { get; }

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"amqp://{UserName}:{_password}@{PrimaryEndpoint.Property(EndpointProperty.HostAndPort)}");

    public IEnumerable<KeyValuePair<string, ReferenceExpression>> GetConnectionProperties() =>
    [
        new("Host", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Host)}")),
        new("Port", ReferenceExpression.Create($"{PrimaryEndpoint.Property(EndpointProperty.Port)}")),
        new("Username", ReferenceExpression.Create($"{UserName}")),
        new("Password", ReferenceExpression.Create($"{_password}")),
        new("Uri", ConnectionStringExpression),
    ];
}
