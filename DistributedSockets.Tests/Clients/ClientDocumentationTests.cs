// The client's documentation: that there is an example where one is promised, and that all examples compile. That every public member has a summary the build checks itself (CS1591).
using System.Reflection;
using System.Text;
using System.Xml.Linq;
using DistributedSockets.Client;
using DistributedSockets.Client.Storing;
using Microsoft.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace DistributedSockets.Tests.Clients;

public sealed class ClientDocumentationTests
{
    private static readonly XDocument Documentation = XDocument.Load(Path.ChangeExtension(typeof(DistributedSocketsClient).Assembly.Location, ".xml"));

    [Fact]
    public void Every_member_of_the_client_has_an_example()
    {
        var members = typeof(DistributedSocketsClient).GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(member => member is not MethodInfo { IsSpecialName: true })
            .ToList();

        Assert.Contains(members, member => member is EventInfo);
        Assert.Empty(members.Where(member => !HasExample(member)).Select(member => member.Name));
    }

    [Theory]
    [InlineData(typeof(Body))]
    [InlineData(typeof(ClientOptions))]
    [InlineData(typeof(DistributedSocketsClientServiceCollectionExtensions))]
    [InlineData(typeof(FileClientStore))]
    [InlineData(typeof(HistoryQuery))]
    [InlineData(typeof(IClientStore))]
    [InlineData(typeof(Message))]
    [InlineData(typeof(RoomPlace))]
    [InlineData(typeof(SendOptions))]
    [InlineData(typeof(SentMessage))]
    [InlineData(typeof(Target))]
    public void Type_that_an_application_makes_or_handles_has_an_example(Type type) => Assert.True(HasExample(type));

    [Fact]
    public void Examples_compile()
    {
        var code = new StringBuilder("""
            using DistributedSockets.Client;
            using DistributedSockets.Client.Storing;
            using Microsoft.Extensions.DependencyInjection;
            #pragma warning disable
            record Order(int Number);
            class MyJson
            {
                public static MyJson Default { get; } = new();
                public System.Text.Json.Serialization.Metadata.JsonTypeInfo<Order> Order => throw new NotSupportedException();
            }
            static class Examples
            {
                static DistributedSocketsClient client;
                static Message message;
                static IServiceCollection services;

            """);
        var examples = Documentation.Descendants("example").Select(example => (Member: example.Parent!.Attribute("name")!.Value, Code: example.Element("code")!.Value)).ToList();
        foreach (var ((member, example), number) in examples.Select((example, number) => (example, number)))
        {
            code.Append("// ").AppendLine(member).AppendLine($"static async Task Example{number}() {{ {example}\n }}");
        }

        Snippets.Compile(code.Append('}').ToString(), OutputKind.DynamicallyLinkedLibrary);

        Assert.True(examples.Count > 50, $"there are {examples.Count}");
    }

    private static bool HasExample(MemberInfo member)
    {
        var type = member as Type ?? member.DeclaringType!;
        var name = member switch
        {
            Type => $"T:{type.FullName}",
            ConstructorInfo => $"M:{type.FullName}.#ctor",
            MethodInfo => $"M:{type.FullName}.{member.Name}",
            EventInfo => $"E:{type.FullName}.{member.Name}",
            _ => $"P:{type.FullName}.{member.Name}",
        };
        return Documentation.Descendants("member").Any(entry => entry.Attribute("name")!.Value.Split('(')[0] == name && entry.Element("example") is not null);
    }
}
