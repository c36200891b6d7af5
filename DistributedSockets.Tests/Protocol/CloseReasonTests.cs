// Every reason to close must fit a close frame and lie in a band.
using System.Reflection;
using System.Text;
using DistributedSockets.Protocol;

namespace DistributedSockets.Tests.Protocol;

public sealed class CloseReasonTests
{
    [Fact]
    public void Every_reason_fits_a_close_frame_and_lies_in_a_band()
    {
        var reasons = typeof(CloseReason).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => field.GetValue(null)).OfType<CloseReason>().ToArray();

        Assert.Contains(CloseReason.InboxReset, reasons);
        Assert.All(reasons, reason =>
        {
            Assert.InRange(Encoding.UTF8.GetByteCount(reason.Text), 1, 123);
            Assert.Contains(reason.PlainCode, (int[])[1001, 1002, 1007, 1008, 1009, 1011, 1012, 1013]);

            // Whoever breaks the WebSocket protocol itself gets its own codes in either profile.
            Assert.True(reason.Code / 100 is 40 or 41 or 42 || (reason.Code == reason.PlainCode && reason.Code is 1002 or 1007));
        });
    }

    [Fact]
    public void Reasons_of_the_hello_and_the_inbox_have_the_codes_of_the_document()
    {
        Assert.Equal(new CloseReason(4001, 1008, "not authenticated"), CloseReason.Unauthenticated);
        Assert.Equal(new CloseReason(4003, 1008, "forbidden"), CloseReason.Forbidden);
        Assert.Equal(new CloseReason(4010, 1008, "the token or the user was revoked"), CloseReason.Revoked);
        Assert.Equal(new CloseReason(4203, 1008, "the token has expired"), CloseReason.TokenExpired);
        Assert.Equal(new CloseReason(4004, 1008, "the first frame must be a hello"), CloseReason.BadProtocol);
        Assert.Equal(new CloseReason(4008, 1008, "no hello in time"), CloseReason.NoHello);
        Assert.Equal(new CloseReason(4204, 1012, "the inbox has begun anew: connect again to learn where it stands"), CloseReason.InboxReset);
    }
}
