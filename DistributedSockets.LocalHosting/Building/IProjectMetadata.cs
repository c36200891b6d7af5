// A project of the solution, as the generated classes in the namespace Projects describe it.
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public interface IProjectMetadata : IResourceAnnotation
{
    string ProjectPath { get; }

    /// <summary>
    /// The built assembly. Not in Aspire, which calls <c>dotnet run --no-build</c>; the AppHost's build knows the path, and starting the
    /// assembly itself spares a process and a second per resource.
    /// </summary>
    string TargetPath { get; }
}
