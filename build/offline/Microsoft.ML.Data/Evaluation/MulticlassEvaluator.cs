using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>Counts over the scored rows. Rows without a label or with scores that are not finite do not count.</summary>
internal sealed class MulticlassEvaluator
{
    private const float SmallestProbability = 1e-15f;

    private readonly IDataView _data;
    private readonly DataViewSchema.Column _label;
    private readonly DataViewSchema.Column _score;
    private readonly IHost _host;
    private readonly int _classes;

    private readonly double[] _labels;
    private readonly double[] _logLosses;
    private readonly double[] _ranks;
    private readonly double[][] _confusion;
    private double _rows;
    private double _correct;
    private double _logLoss;

    public MulticlassEvaluator(IHostEnvironment env, IDataView data, DataViewSchema.Column label, DataViewSchema.Column score)
    {
        _host = env.Register("MultiClassClassifierEvaluator");
        if (score.Type is not VectorDataViewType { Size: >= 2 } vector || !vector.ItemType.Equals(NumberDataViewType.Single))
            throw _host.ExceptSchemaMismatch("schema", "score", score.Name, "vector of two or more items of type Single", score.Type.ToString());
        if (label.Type is not KeyDataViewType && !label.Type.Equals(NumberDataViewType.Single))
            throw _host.ExceptSchemaMismatch("schema", "label", label.Name, "Single or Key", label.Type.ToString());
        _data = data;
        _label = label;
        _score = score;
        _classes = score.Type.GetVectorSize();
        _labels = new double[_classes];
        _logLosses = new double[_classes];
        _ranks = new double[_classes + 1];
        _confusion = Enumerable.Range(0, _classes).Select(_ => new double[_classes]).ToArray();
    }

    public MulticlassClassificationMetrics Evaluate(int topK)
    {
        using (DataViewRowCursor cursor = _data.GetRowCursor([_label, _score]))
        {
            Func<float> label = MakeLabelGetter(cursor);
            ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(_score);
            VBuffer<float> buffer = default;
            var scores = new float[_classes];
            while (cursor.MoveNext())
            {
                float value = label();
                if (!(value >= 0) || value != (int)value)
                    continue;
                getScores(ref buffer);
                _host.Check(buffer.Length == _classes);
                buffer.CopyTo(scores);
                if (scores.All(float.IsFinite))
                    Add((int)value, scores);
            }
        }
        var confusion = new ConfusionMatrix(_host, _confusion, ClassNames());
        double[] perClass = _logLosses.Select((loss, i) => _labels[i] > 0 ? loss / _labels[i] : 0).ToArray();
        double logLoss = _rows > 0 ? _logLoss / _rows : 0;
        return new MulticlassClassificationMetrics(_rows > 0 ? _correct / _rows : 0, MacroAccuracy(), logLoss, Reduction(logLoss), topK, TopK(topK), perClass, confusion);
    }

    // The rank of the true class counts the classes with a higher score, or with the same score and a lower index.
    private void Add(int label, float[] scores)
    {
        bool isKnown = label < _classes;
        float probability = isKnown ? scores[label] : 0;
        double loss = -Math.Log(isKnown ? Math.Min(1, Math.Max(SmallestProbability, probability)) : SmallestProbability);
        int rank = 0;
        int assigned = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (scores[i] > probability || (scores[i] == probability && i < label))
                rank++;
            if (scores[assigned] < scores[i])
                assigned = i;
        }
        _rows++;
        _logLoss += loss;
        _ranks[rank]++;
        if (rank == 0)
            _correct++;
        if (!isKnown)
            return;
        _labels[label]++;
        _logLosses[label] += loss;
        _confusion[label][rank == 0 ? label : assigned]++;
    }

    private double MacroAccuracy()
    {
        double[] accuracies = Enumerable.Range(0, _classes).Where(i => _labels[i] > 0).Select(i => _confusion[i][i] / _labels[i]).ToArray();
        return accuracies.Length > 0 ? accuracies.Sum() / accuracies.Length : 0;
    }

    private double Reduction(double logLoss)
    {
        double entropy = _labels.Where(count => count != 0).Sum(count => count * Math.Log(count / _rows)) / -_rows;
        return (entropy - logLoss) / entropy;
    }

    private double[] TopK(int topK)
    {
        if (topK == 0)
            return null;
        double sum = 0;
        return _ranks.Take(topK).Select(count => sum += count / _rows).ToArray();
    }

    private string[] ClassNames()
    {
        if (!_score.HasSlotNames(_classes))
            return Enumerable.Range(0, _classes).Select(i => i.ToString()).ToArray();
        VBuffer<ReadOnlyMemory<char>> names = default;
        _score.Annotations.GetValue(AnnotationUtils.Kinds.SlotNames, ref names);
        return names.DenseValues().Select(name => name.ToString()).ToArray();
    }

    private Func<float> MakeLabelGetter(DataViewRow row)
    {
        if (_label.Type is KeyDataViewType)
            return Generic.Call(MakeKeyGetter<uint>, _label.Type.RawType, row);
        ValueGetter<float> getter = row.GetGetter<float>(_label);
        float value = 0;
        return () =>
        {
            getter(ref value);
            return value;
        };
    }

    private Func<float> MakeKeyGetter<T>(DataViewRow row)
    {
        ValueGetter<T> getter = row.GetGetter<T>(_label);
        Func<T, ulong> number = StandardConversions.Get<T, ulong>();
        T value = default;
        return () =>
        {
            getter(ref value);
            return number(value) is > 0 and ulong key ? key - 1 : float.NaN;
        };
    }
}
