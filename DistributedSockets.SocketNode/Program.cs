// One SocketNode: build it, run it, and say in one line why it could not start.
using DistributedSockets.SocketNode;
using Microsoft.Extensions.Options;

try
{
    await SocketNodeApplication.Build(args).RunAsync();
    return Environment.ExitCode;
}
catch (OptionsValidationException exception)
{
    await Console.Error.WriteLineAsync($"The node can't start. {string.Join(" ", exception.Failures)}");
    return 1;
}
catch (InvalidOperationException exception) when (exception.InnerException is FormatException or ArgumentException or OverflowException)
{
    // A setting of the wrong type: the message names it.
    await Console.Error.WriteLineAsync($"The node can't start. {exception.Message}");
    return 1;
}
catch (IOException exception) when (exception.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"The node can't start. {exception.Message} Give it another one with ASPNETCORE_URLS.");
    return 1;
}
