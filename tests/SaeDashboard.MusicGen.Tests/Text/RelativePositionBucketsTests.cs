using SaeDashboard.MusicGen.Text;

namespace SaeDashboard.MusicGen.Tests.Text;

public class RelativePositionBucketsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    [InlineData(-7, 7)]
    [InlineData(-8, 8)]
    [InlineData(-11, 8)]
    [InlineData(-12, 9)]
    [InlineData(-16, 10)]
    [InlineData(-32, 12)]
    [InlineData(-64, 14)]
    [InlineData(-91, 15)]
    [InlineData(-500, 15)]
    [InlineData(1, 17)]
    [InlineData(8, 24)]
    [InlineData(127, 31)]
    [InlineData(128, 31)]
    public void Buckets_of_t5(int offset, int bucket) => Assert.Equal(bucket, RelativePositionBuckets.Bucket(offset, 32, 128));
}
