using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.Win32.SafeHandles;
using ML.Robustness.Transforms.Rows;

namespace ML.Robustness.Transforms.FeatureDatasetFiles;

/// <summary>The cursor over a feature data set's file: block by block in file order, otherwise row by row.</summary>
internal sealed class FeatureDatasetCursor : SeekableCursor
{
    private readonly FeatureDatasetContent _content;
    private readonly FeatureDatasetRecord _record;
    private readonly SafeFileHandle _file;
    private readonly bool _isInOrder;
    private readonly byte[] _buffer;
    private int _row = -1;
    private int _bufferedFrom = -1, _bufferedTo = -1; // rows

    public FeatureDatasetCursor(FeatureDatasetView view, Plan plan)
        : base(view, plan)
    {
        _content = view.Content;
        _record = _content.Header.Record;
        _isInOrder = plan.Order == null;
        _buffer = new byte[_record.Length * (_isInOrder && _content.Blocks > 0 ? _content.RowsOf(0) : 1)];
        _file = File.OpenHandle(_content.Path);
    }

    private protected override void MoveTo(int row) => _row = row;

    private protected override Delegate CreateGetter(DataViewSchema.Column column) =>
        (column.Index, _record.IsFloat, _record.LabelType) switch
        {
            (0, true, _) => (ValueGetter<VBuffer<float>>)GetFeatures,
            (0, false, _) => (ValueGetter<VBuffer<byte>>)GetFeatures,
            (_, _, KeyDataViewType) => (ValueGetter<uint>)GetKey,
            _ => (ValueGetter<float>)GetNumber,
        };

    private protected override void Close() => _file.Dispose();

    private void GetFeatures<T>(ref VBuffer<T> features)
        where T : struct =>
        VectorValues.Copy(MemoryMarshal.Cast<byte, T>(Record()[FeatureDatasetRecord.LabelLength..]), ref features);

    private void GetKey(ref uint key)
    {
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(Record());
        var most = ((KeyDataViewType)_record.LabelType).Count;
        key = stored <= most ? stored : throw new InvalidDataException(
            $"'{_content.Path}' has the key {stored} in row {_row}, and its label has {most} keys. Create the file again.");
    }

    private void GetNumber(ref float number) => number = BinaryPrimitives.ReadSingleLittleEndian(Record());

    private ReadOnlySpan<byte> Record()
    {
        CheckOnRow();
        if (_row < _bufferedFrom || _row >= _bufferedTo)
            Fill();
        return _buffer.AsSpan((_row - _bufferedFrom) * _record.Length, _record.Length);
    }

    // Nothing is marked as read until it was.
    private void Fill()
    {
        (_bufferedFrom, _bufferedTo) = (-1, -1);
        if (!_isInOrder)
        {
            _content.ReadRow(_file, _row, _buffer);
            (_bufferedFrom, _bufferedTo) = (_row, _row + 1);
            return;
        }

        var block = _row / _content.Header.RowsPerBlock;
        _content.ReadBlock(_file, block, _buffer);
        _bufferedFrom = block * _content.Header.RowsPerBlock;
        _bufferedTo = _bufferedFrom + _content.RowsOf(block);
    }
}
