// A node takes no more connections than the process may have files open.
using DistributedSockets.SocketNode.Limits;

namespace DistributedSockets.Tests.Limits;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData("Max open files            20000                65536                files     ", 20_000)]
    [InlineData("Max open files            unlimited            unlimited            files     ", int.MaxValue)]
    [InlineData("Max locked memory         65536                65536                bytes     ", int.MaxValue)]
    public void The_limit_in_force_counts(string line, int expected) =>
        Assert.Equal(expected, OpenFiles.Read(["Limit                     Soft Limit           Hard Limit           Units     ", line]));

    [Fact]
    public void Some_are_left_for_others_and_half_of_a_few_for_connections()
    {
        Assert.Equal(19_300, OpenFiles.MostOf(20_000, 700));
        Assert.Equal(512, OpenFiles.MostOf(1_024, 700));
        Assert.True(OpenFiles.MostConnections < OpenFiles.MostSockets || OpenFiles.MostSockets <= 1_024);
    }
}
